package import Protobuf

/// In JSON one string: the paths in lowerCamelCase with commas between them.
extension GoogleProtobuf.FieldMask {
  package static var hasOwnJSONForm: Bool { true }

  package func jsonValue(_: JSONEncodingOptions) throws(JSONError) -> JSONValue {
    var names: [String] = []
    for path in paths { names.append(try Self.lowerCamel(path)) }
    return .string(names.joined(separator: ","))
  }

  package init(jsonValue: JSONValue, _: JSONDecodingOptions) throws(JSONError) {
    guard case .string(let text) = jsonValue else {
      throw JSONError("google.protobuf.FieldMask is a string")
    }
    self.init()
    guard !text.isEmpty else { return }
    for name in text.split(separator: ",", omittingEmptySubsequences: false) {
      paths.append(try Self.snake(name))
    }
  }

  /// Refuses a path that would not come back from JSON as it was.
  private static func lowerCamel(_ path: String) throws(JSONError) -> String {
    var name: [UInt8] = []
    var isAfterUnderscore = false
    for byte in path.utf8 {
      let isLowercase = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      let isUppercase = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      guard !isUppercase, !isAfterUnderscore || isLowercase else {
        throw JSONError("the path \"\(path)\" has no form in JSON")
      }
      if byte == UInt8(ascii: "_") {
        isAfterUnderscore = true
      } else {
        name.append(isAfterUnderscore ? byte - 0x20 : byte)
        isAfterUnderscore = false
      }
    }
    guard !isAfterUnderscore else { throw JSONError("the path \"\(path)\" has no form in JSON") }
    return String(decoding: name, as: UTF8.self)
  }

  private static func snake(_ name: Substring) throws(JSONError) -> String {
    var path: [UInt8] = []
    for byte in name.utf8 {
      guard byte != UInt8(ascii: "_") else {
        throw JSONError("the path \"\(name)\" is not in lowerCamelCase")
      }
      if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) {
        path += [UInt8(ascii: "_"), byte + 0x20]
      } else {
        path.append(byte)
      }
    }
    return String(decoding: path, as: UTF8.self)
  }
}
