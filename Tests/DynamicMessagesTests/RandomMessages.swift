import Protobuf
import WellKnown

@testable import DynamicMessages

/// Makes messages of any type of a pool, all fields and awkward values among them.
struct RandomMessages {
  let pool: DescriptorPool
  var random: SeededGenerator
  /// Numbers of the fields of `Everything` that were ever set.
  var seen: Set<UInt32> = []

  private static let texts = [
    "", "a", "é", "e", "😀", "\0", "\u{7f}\u{1}\n\"\\/", "ñandú", "true", "NaN",
  ]
  private static let held = [
    "cabildo.testing.v1.Everything.Nested", "google.protobuf.Timestamp", "google.rpc.Status",
    "google.protobuf.Any", "google.protobuf.Value", "google.protobuf.Empty", "no.such.Type",
    "google.rpc.ErrorInfo",
  ]

  /// `share` of a hundred is how many of the fields are set.
  mutating func message(_ name: String, levels: Int = 3, share: Int) -> DynamicMessage {
    let type = pool.message(name)!
    var message = DynamicMessage(type)
    for field in type.fields where Int.random(in: 0..<100, using: &random) < share {
      if name.hasSuffix(".Everything") { seen.insert(field.number) }
      set(field, in: &message, levels: levels)
    }
    return message
  }

  private mutating func set(_ field: FieldType, in message: inout DynamicMessage, levels: Int) {
    let count = Int.random(in: 0..<4, using: &random)
    if let entry = pool.mapEntry(of: field) {
      for _ in 0..<count {
        guard let key = value(entry.key.kind, 0).flatMap(MapKey.init),
          let value = value(entry.value.kind, levels)
        else { continue }
        message.insert(field, entry, key, value)
      }
    } else if field.isRepeated {
      for _ in 0..<count {
        if let value = value(field.kind, levels) { message.append(field, value) }
      }
    } else if let value = value(field.kind, levels) {
      message.set(field, value)
    }
  }

  private mutating func value(_ kind: FieldType.Kind, _ levels: Int) -> DynamicValue? {
    switch kind {
    case .scalar(let scalar): return value(scalar)
    case .enumeration:
      return .signed(Int64([0, 1, 5, -7, 9, .max, .min].randomElement(using: &random)! as Int32))
    case .group: return nil
    case .message(let name):
      guard levels > 0 else { return nil }
      if let known = wellKnown(name, levels) { return .wellKnown(known) }
      return .message(message(name, levels: levels - 1, share: 10))
    }
  }

  private mutating func value(_ scalar: Scalar) -> DynamicValue {
    switch scalar {
    case .int32, .sint32, .sfixed32:
      .signed(
        Int64(
          [0, 1, -1, .min, .max, .random(in: .min ... .max, using: &random)].randomElement(
            using: &random)! as Int32))
    case .int64, .sint64, .sfixed64:
      .signed(
        [0, 1, -1, .min, .max, .random(in: .min ... .max, using: &random)].randomElement(
          using: &random)!)
    case .uint32, .fixed32:
      .unsigned(
        UInt64(
          [0, 1, .max, .random(in: .min ... .max, using: &random)].randomElement(using: &random)!
            as UInt32))
    case .uint64, .fixed64:
      .unsigned(
        [0, 1, .max, .random(in: .min ... .max, using: &random)].randomElement(using: &random)!)
    case .float:
      .float(
        [
          0, -0.0, 1.5, .infinity, .nan, 3.4e38,
          Float(bitPattern: .random(in: .min ... .max, using: &random)),
        ].randomElement(using: &random)!)
    case .double:
      .double(
        [
          0, -0.0, 0.1, -.infinity, .nan, 1e300,
          Double(bitPattern: .random(in: .min ... .max, using: &random)),
        ].randomElement(using: &random)!)
    case .bool: .bool(.random(using: &random))
    case .string: .text(Self.texts.randomElement(using: &random)!)
    case .bytes:
      .bytes(
        (0..<Int.random(in: 0..<6, using: &random)).map { _ in .random(in: 0...255, using: &random)
        })
    }
  }

  /// Nil for a type that is not one of them. Some have no JSON form on purpose.
  private mutating func wellKnown(_ name: String, _ levels: Int) -> (any Message)? {
    let small = Int64.random(in: -5...5, using: &random)
    switch name {
    case "google.protobuf.Any": return any(levels)
    case "google.protobuf.Timestamp":
      let seconds = [small, small * 1_000_000_000, .max].randomElement(using: &random)!
      return GoogleProtobuf.Timestamp(
        seconds: seconds, nanos: [0, 5, 120_000_000].randomElement(using: &random)!)
    case "google.protobuf.Duration":
      return GoogleProtobuf.Duration(
        seconds: small, nanos: [0, 5, -5].randomElement(using: &random)!)
    case "google.protobuf.FieldMask":
      return GoogleProtobuf.FieldMask(
        paths: [["a_b", "c.d"], [], ["aB"]].randomElement(using: &random)!)
    case "google.protobuf.Struct":
      return GoogleProtobuf.Struct(fields: ["k": json(levels), "é": json(0)])
    case "google.protobuf.Value": return json(levels)
    case "google.protobuf.ListValue":
      return GoogleProtobuf.ListValue(values: [json(levels), json(0)])
    case "google.protobuf.Empty": return nil
    default:
      guard let type = DescriptorPool.ownForms[name], let field = pool.message(name)?.field(1),
        let value = value(field.kind, levels)
      else { return nil }
      var message = DynamicMessage(pool.message(name)!)
      message.set(field, value)
      var writer = MessageWriter()
      message.encode(into: &writer)
      return try? type.init(decoding: writer.bytes())
    }
  }

  private mutating func any(_ levels: Int) -> GoogleProtobuf.`Any` {
    let name = Self.held.randomElement(using: &random)!
    guard levels > 0, let type = pool.message(name) else {
      return GoogleProtobuf.`Any`(typeUrl: "type.googleapis.com/\(name)", value: [])
    }
    var writer = MessageWriter()
    if let known = wellKnown(type.name, levels - 1) {
      known.encode(into: &writer)
    } else {
      message(name, levels: levels - 1, share: 50).encode(into: &writer)
    }
    return GoogleProtobuf.`Any`(typeUrl: "type.googleapis.com/\(name)", value: writer.bytes())
  }

  private mutating func json(_ levels: Int) -> GoogleProtobuf.Value {
    switch Int.random(in: levels > 0 ? 0..<7 : 0..<5, using: &random) {
    case 0: GoogleProtobuf.Value()
    case 1: GoogleProtobuf.Value(kind: .nullValue(.nullValue))
    case 2:
      GoogleProtobuf.Value(
        kind: .numberValue([0, -1.5, 1e40, .nan].randomElement(using: &random)!))
    case 3: GoogleProtobuf.Value(kind: .stringValue(Self.texts.randomElement(using: &random)!))
    case 4: GoogleProtobuf.Value(kind: .boolValue(.random(using: &random)))
    case 5: GoogleProtobuf.Value(kind: .structValue(.init(fields: ["x": json(levels - 1)])))
    default: GoogleProtobuf.Value(kind: .listValue(.init(values: [json(levels - 1)])))
    }
  }
}
