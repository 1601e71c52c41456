package import Protobuf

/// A message of a type that is known only at run time.
package struct DynamicMessage: Sendable {
  package let type: MessageType
  package internal(set) var unknownFields = UnknownFields()
  /// By number; a field without presence is not here at its default.
  private(set) var fields: [UInt32: Field] = [:]
  /// The number of the field that each oneof holds.
  private var chosen: [Int: UInt32] = [:]

  enum Field: Sendable {
    case singular(DynamicValue)
    case repeated([DynamicValue])
    case map(MapEntryType, [MapKey: DynamicValue])
  }

  init(_ type: MessageType) { self.type = type }

  mutating func set(_ field: FieldType, _ value: DynamicValue) {
    choose(field)
    let isLeftOut = !field.hasPresence && value.isDefault
    fields[field.number] = isLeftOut ? nil : .singular(value)
  }

  mutating func append(_ field: FieldType, _ value: DynamicValue) {
    // Taken out, so that the array grows in place.
    guard case .repeated(var values)? = fields.removeValue(forKey: field.number) else {
      fields[field.number] = .repeated([value])
      return
    }
    values.append(value)
    fields[field.number] = .repeated(values)
  }

  mutating func insert(
    _ field: FieldType, _ entry: MapEntryType, _ key: MapKey, _ value: DynamicValue
  ) {
    guard case .map(_, var entries)? = fields.removeValue(forKey: field.number) else {
      fields[field.number] = .map(entry, [key: value])
      return
    }
    entries[key] = value
    fields[field.number] = .map(entry, entries)
  }

  /// Makes the field the one that its oneof holds; returns the one it held before.
  @discardableResult
  mutating func choose(_ field: FieldType) -> UInt32? {
    guard let oneof = field.oneof, let held = chosen.updateValue(field.number, forKey: oneof),
      held != field.number
    else { return nil }
    fields[held] = nil
    return held
  }

  func holds(oneof: Int) -> Bool { chosen[oneof] != nil }
}

/// One value of a field.
indirect enum DynamicValue: Sendable {
  /// Enum values too.
  case signed(Int64)
  case unsigned(UInt64)
  case float(Float)
  case double(Double)
  case bool(Bool)
  case text(String)
  case bytes([UInt8])
  case message(DynamicMessage)
  /// Of a type whose JSON form is its own: its generated type knows it.
  case wellKnown(any Message)

  /// Minus zero is not the default.
  var isDefault: Bool {
    switch self {
    case .signed(let number): number == 0
    case .unsigned(let number): number == 0
    case .float(let number): number.bitPattern == 0
    case .double(let number): number.bitPattern == 0
    case .bool(let value): !value
    case .text(let text): text.isEmpty
    case .bytes(let bytes): bytes.isEmpty
    case .message, .wellKnown: false
    }
  }
}

/// The two fields of a map's entry.
struct MapEntryType: Sendable {
  let key: FieldType
  let value: FieldType

  /// Nil when the type is no entry of a map, or a broken one.
  init?(_ type: MessageType) {
    guard type.isMapEntry, let key = type.field(1), let value = type.field(2),
      case .scalar(let scalar) = key.kind, MapKey(scalar.defaultValue) != nil
    else { return nil }
    self.key = key
    self.value = value
  }
}

/// The key of a map. Texts are told apart by their bytes.
enum MapKey: Hashable, Sendable {
  case signed(Int64)
  case unsigned(UInt64)
  case bool(Bool)
  case text([UInt8])

  init?(_ value: DynamicValue) {
    switch value {
    case .signed(let number): self = .signed(number)
    case .unsigned(let number): self = .unsigned(number)
    case .bool(let value): self = .bool(value)
    case .text(let text): self = .text(Array(text.utf8))
    default: return nil
    }
  }

  var value: DynamicValue {
    switch self {
    case .signed(let number): .signed(number)
    case .unsigned(let number): .unsigned(number)
    case .bool(let value): .bool(value)
    case .text(let bytes): .text(String(decoding: bytes, as: UTF8.self))
    }
  }
}

/// The order in which maps are written: numbers by value, texts by their bytes.
extension MapKey: Comparable {
  static func < (first: MapKey, second: MapKey) -> Bool {
    switch (first, second) {
    case (.signed(let first), .signed(let second)): first < second
    case (.unsigned(let first), .unsigned(let second)): first < second
    case (.bool(let first), .bool(let second)): !first && second
    case (.text(let first), .text(let second)): first.lexicographicallyPrecedes(second)
    default: false
    }
  }
}
