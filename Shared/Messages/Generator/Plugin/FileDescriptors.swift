/// The `FileDescriptorProto`s of an encoded `CodeGeneratorRequest`, byte for byte.
///
/// protobuf-c would lose nothing either, but would write custom options behind the known ones;
/// the bytes as protoc made them are what reflection clients compare.
struct FileDescriptors {
  private static let protoFile = 15
  private static let package = 2
  private static let sourceCodeInfo = 9
  private static let location = 1
  /// Those before and behind a declaration; what stands apart, as a licence, is no word of it.
  private static let comments = [3, 4]
  private static let detachedComments = 6

  /// Whose comments are kept: those of other packages are other people's text.
  private static let ours = "cabildo."

  /// In the order of the request, with the places of our comments and of nothing else.
  let withComments: [[UInt8]]

  init(in request: [UInt8]) {
    withComments = Self.fields(of: request[...])
      .filter { $0.number == Self.protoFile }
      .map { Self.withOurComments(Self.fields(of: $0.content)) }
  }

  private static func withOurComments(_ file: [RawField]) -> [UInt8] {
    let isOurs = file.contains { $0.number == package && $0.content.starts(with: ours.utf8) }
    return file.flatMap { field in
      guard field.number == sourceCodeInfo else { return Array(field.whole) }
      return isOurs ? withCommentsOnly(field.content) : []
    }
  }

  private static func withCommentsOnly(_ info: ArraySlice<UInt8>) -> [UInt8] {
    let locations = fields(of: info).filter { $0.number == location }
      .map { fields(of: $0.content).filter { $0.number != detachedComments } }
      .filter { $0.contains { comments.contains($0.number) } }
    let content = locations.flatMap { delimited(location, $0.flatMap(\.whole)) }
    return content.isEmpty ? [] : delimited(sourceCodeInfo, content)
  }

  private static func delimited(_ number: Int, _ content: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(content.count) + content
  }

  private static func varint(_ value: Int) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + varint(value >> 7)
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
