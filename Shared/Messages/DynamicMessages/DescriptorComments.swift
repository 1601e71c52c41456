internal import Protobuf

/// The comments of what one encoded `FileDescriptorProto` declares, if its server keeps them: by
/// full names, `package.Message.field`, of an enum's value `package.Enum.VALUE`.
struct DescriptorComments {
  private(set) var texts: [String: String] = [:]
  private var byPath: [[Int]: String] = [:]

  /// What is declared inside of what. The numbers of the fields are the parts of a path, too.
  private enum Declaration {
    case file, message, enumeration, service, leaf

    var parts: [(number: UInt32, declaration: Declaration)] {
      switch self {
      case .file: [(4, .message), (5, .enumeration), (6, .service)]
      case .message: [(2, .leaf), (3, .message), (4, .enumeration), (8, .leaf)]
      case .enumeration, .service: [(2, .leaf)]
      case .leaf: []
      }
    }
  }

  /// Of a file that was read already, so that its types are known not to nest without end.
  init(_ file: EncodedFields) throws(WireFault) {
    for info in try file.messages(9) {
      for location in try info.messages(1) {
        let comment = location.text(3) + location.text(4)
        if !comment.isEmpty { byPath[try location.integers(1)] = comment }
      }
    }
    guard !byPath.isEmpty else { return }
    try collect(file, .file, file.text(2), [])
  }

  private mutating func collect(
    _ parent: EncodedFields, _ declaration: Declaration, _ scope: String, _ path: [Int]
  ) throws(WireFault) {
    for (number, part) in declaration.parts {
      for (index, child) in try parent.messages(number).enumerated() {
        let name = scope.isEmpty ? child.text(1) : "\(scope).\(child.text(1))"
        let place = path + [Int(number), index]
        texts[name] = byPath[place]
        try collect(child, part, name, place)
      }
    }
  }
}
