/// The `FileDescriptorProto`s of an encoded `CodeGeneratorRequest`, byte for byte.
///
/// protobuf-c would lose nothing either, but would write custom options behind the known ones;
/// the bytes as protoc made them are what reflection clients compare.
struct FileDescriptors {
  private static let protoFile = 15
  private static let sourceCodeInfo = 9

  /// In the order of the request.
  let withoutSourcePositions: [[UInt8]]

  init(in request: [UInt8]) {
    withoutSourcePositions = Self.fields(of: request[...])
      .filter { $0.number == Self.protoFile }
      .map { file in
        Self.fields(of: file.content).filter { $0.number != Self.sourceCodeInfo }
          .flatMap(\.whole)
      }
  }

  private struct RawField {
    let number: Int
    let whole: ArraySlice<UInt8>
    let content: ArraySlice<UInt8>
  }

  /// The fields of a message that protobuf-c has already accepted.
  private static func fields(of message: ArraySlice<UInt8>) -> [RawField] {
    var fields: [RawField] = []
    var rest = message
    while !rest.isEmpty {
      let start = rest.startIndex
      let tag = varint(&rest)
      var content = rest.prefix(0)
      switch tag & 7 {
      case 0: _ = varint(&rest)
      case 1: rest = rest.dropFirst(8)
      case 5: rest = rest.dropFirst(4)
      default:
        let length = varint(&rest)
        content = rest.prefix(length)
        rest = rest.dropFirst(length)
      }
      fields.append(
        RawField(number: tag >> 3, whole: message[start..<rest.startIndex], content: content))
    }
    return fields
  }

  private static func varint(_ bytes: inout ArraySlice<UInt8>) -> Int {
    var value = 0
    var shift = 0
    while let byte = bytes.popFirst() {
      value |= Int(byte & 0x7f) << shift
      if byte < 0x80 { break }
      shift += 7
    }
    return value
  }
}
