/// A JSON text taken apart (RFC 8259). Numbers stay text, so that none loses precision.
package enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  /// A number as it is written in JSON.
  case number(String)
  case string(String)
  case array([JSONValue])
  /// In the order written.
  case object([Member])

  package struct Member: Hashable, Sendable {
    package let name: String
    package let value: JSONValue

    package init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  /// What kind of value it is, for an error message.
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// Why a JSON text is no message of the wanted type, or a message has no JSON form.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where: field names and indices from the outermost message, `orders[2].price`.
  package private(set) var path: String
  package let problem: String

  package init(_ problem: String) {
    path = ""
    self.problem = problem
  }

  /// The same error seen from the value that holds the field `name`.
  package func within(_ name: String) -> JSONError {
    var error = self
    error.path = path.isEmpty || path.hasPrefix("[") ? name + path : "\(name).\(path)"
    return error
  }

  /// The same error seen from the array that holds the element.
  package func within(_ index: Int) -> JSONError { within("[\(index)]") }

  package var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}

/// How much one JSON text may cost to read.
package struct JSONLimits: Hashable, Sendable {
  /// Length of the text in bytes.
  package var bytes: Int
  /// Levels of arrays and objects.
  package var depth: Int
  /// Values of any kind, all together.
  package var elements: Int

  package init(bytes: Int = 4 << 20, depth: Int = 100, elements: Int = 250_000) {
    self.bytes = bytes
    self.depth = depth
    self.elements = elements
  }

  package static let standard = JSONLimits()
}

/// How messages become JSON.
package struct JSONEncodingOptions: Sendable {
  /// Field names as in the `.proto` in place of lowerCamelCase.
  package var keepsProtoNames: Bool
  /// Writes fields without presence at their defaults too.
  package var writesDefaults: Bool
  /// The types an `Any` may hold beside the well-known ones.
  package var registry: MessageRegistry
  /// How many `Any` may stand inside one another.
  package var anyLevels = 20

  package init(
    keepsProtoNames: Bool = false, writesDefaults: Bool = false, registry: MessageRegistry = []
  ) {
    self.keepsProtoNames = keepsProtoNames
    self.writesDefaults = writesDefaults
    self.registry = registry
  }

  package static let standard = JSONEncodingOptions()
}

/// How JSON becomes messages.
package struct JSONDecodingOptions: Sendable {
  /// Passes over fields and enum names that the type does not know, in place of refusing them.
  package var ignoresUnknownFields: Bool
  /// The types an `Any` may hold beside the well-known ones.
  package var registry: MessageRegistry
  package var limits: JSONLimits

  package init(
    ignoresUnknownFields: Bool = false, registry: MessageRegistry = [],
    limits: JSONLimits = .standard
  ) {
    self.ignoresUnknownFields = ignoresUnknownFields
    self.registry = registry
    self.limits = limits
  }

  package static let standard = JSONDecodingOptions()
}

extension Message {
  /// The proto3 JSON form as text. Fails only for values without one: a date out of range, an
  /// `Any` of a type not in the registry.
  package func jsonString(_ options: JSONEncodingOptions = .standard) throws(JSONError) -> String {
    try jsonValue(options).text
  }

  /// Reads the proto3 JSON form.
  package init(json text: Span<UInt8>, _ options: JSONDecodingOptions = .standard)
    throws(JSONError)
  {
    var parser = JSONParser(options.limits)
    try self.init(jsonValue: try parser.parse(text), options)
  }

  package init(json text: [UInt8], _ options: JSONDecodingOptions = .standard) throws(JSONError) {
    try self.init(json: text.span, options)
  }

  package init(json text: String, _ options: JSONDecodingOptions = .standard) throws(JSONError) {
    try self.init(json: Array(text.utf8), options)
  }
}
