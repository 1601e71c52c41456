import Foundation
import Peers
import Protobuf
import TestMessages
import Testing
import WellKnown

@testable import DynamicMessages

/// Types known at run time: what the generated codec cannot be asked about.
@Suite struct CodecTests {
  private let pool: DescriptorPool
  private static let everything = "cabildo.testing.v1.Everything"

  init() throws { pool = try .everything() }

  private func encode(
    _ json: String, as name: String = everything, _ limits: JSONLimits = .standard
  )
    throws -> [UInt8]
  {
    var parser = JSONParser(limits)
    return try pool.encode(parser.parse(Array(json.utf8).span), as: name)
  }

  @Test(
    "What is wrong in JSON is told with its path",
    arguments: [
      (#"{"nested": {"deeper": {"payload": "%"}}}"#, "nested.deeper.payload: base64 is wanted"),
      (#"{"repeatedInt32": [1, 2, "x"]}"#, "repeatedInt32[2]: \"x\" is no number"),
      (
        #"{"nestedValues": {"k": {"number": 3000000000}}}"#,
        #"nestedValues["k"].number: 3000000000 is no Int32"#
      ),
      (#"{"boolMap": {"yes": ""}}"#, #"boolMap["yes"]: the key is true or false"#),
      (
        #"{"int32Choice": 1, "stringChoice": ""}"#,
        "stringChoice: another field of the same oneof is given too"
      ),
      (#"{"colour": "BLUE"}"#, #"colour: no value is named "BLUE""#),
      (
        #"{"int32Value": 1, "int32_value": 2}"#,
        "int32Value: given twice, as int32Value and as int32_value"
      ),
      (
        #"{"any": {"@type": "type.googleapis.com/no.Type"}}"#,
        #"any: the type "no.Type" is not known here"#
      ),
      (
        #"{"children": [{}, {"what": 1}]}"#,
        "children[1].what: cabildo.testing.v1.Everything has no such field"
      ),
      (#"[]"#, "cabildo.testing.v1.Everything is an object, not an array"),
    ])
  func errors(json: String, sentence: String) {
    let error = #expect(throws: JSONError.self) { try encode(json) }
    #expect(error?.description == sentence)
  }

  private static let corpusFiles =
    (try? FileManager.default.contentsOfDirectory(
      atPath: Repository.root.appending(path: "Tests/Corpus/Protobuf").path)) ?? []

  @Test("What broke a codec once means the same to both", arguments: corpusFiles)
  func corpus(file: String) throws {
    let lines = try Repository.text(of: "Tests/Corpus/Protobuf/\(file)").split(separator: "\n")
    let digits = Array(lines[1])
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0...($0 + 1)]), radix: 16)
    }
    let generated = try? TestingV1.Everything(decoding: bytes).jsonString()
    let dynamic = try? pool.json(bytes, as: Self.everything).text
    #expect(dynamic == generated)
    #expect((generated == nil) == (lines[2] == "refused"))
  }

  @Test("A type of one's own in an Any is found in the pool")
  func anyOfThePool() throws {
    let json = #"{"any":{"@type":"type.googleapis.com/cabildo.testing.v1.Everything","text":1}}"#
      .replacing("text", with: "int32Value")
    let bytes = try encode(json)
    #expect(try pool.json(bytes, as: Self.everything).text == json)
  }

  @Test("Keys that Swift would call equal stay two")
  func keysByBytes() throws {
    let json = "{\"stringMap\":{\"e\u{301}\":1,\"\u{e9}\":2}}"
    let text = try pool.json(encode(json), as: Self.everything).text
    #expect(Array(text.utf8) == Array(json.utf8))
  }

  @Test("Defaults are written when they are wanted")
  func defaults() throws {
    let options = JSONEncodingOptions(keepsProtoNames: true, writesDefaults: true)
    let text = try pool.json([], as: Self.everything, options).text
    let generated = try TestingV1.Everything().jsonString(options)
    #expect(text == generated)
  }

  @Test("Unknown fields live through decoding and encoding")
  func unknownFields() throws {
    let bytes: [UInt8] = [0x08, 0x05, 0x92, 0x3f, 0x01, 0x61]
    var decoder = DynamicDecoder(pool: pool, limits: .standard)
    guard case .message(let message) = try decoder.decode(bytes.span, as: Self.everything) else {
      Issue.record("no message")
      return
    }
    #expect(message.encoded() == bytes)
  }

  @Test("Depth, elements, bytes and memory are bounded, and the limit is named")
  func limits() throws {
    func refusal(_ bytes: [UInt8], _ limits: DecodingLimits) -> DecodingError? {
      #expect(throws: DecodingError.self) {
        try pool.json(bytes, as: Self.everything, limits: limits)
      }
    }
    let elements = Array(repeatElement([0xca, 0x03, 0x00] as [UInt8], count: 500).joined())
    #expect(
      refusal(elements, DecodingLimits(elements: 100))?.reason
        == .overLimit(name: "elements", allowed: 100))
    let packed: [UInt8] = [0xca, 0x02, 0x80, 0x20] + [UInt8](repeating: 1, count: 4_096)
    #expect(
      refusal(packed, DecodingLimits(memory: 100_000))?.reason
        == .overLimit(name: "bytes of memory", allowed: 100_000))
    #expect(
      refusal(packed, DecodingLimits(bytes: 100))?.reason == .overLimit(name: "bytes", allowed: 100)
    )
  }

  @Test("Nesting beyond the limit is refused, at it taken", arguments: [(99, true), (101, false)])
  func depth(levels: Int, isTaken: Bool) throws {
    var bytes: [UInt8] = []
    for _ in 0..<levels {
      var writer = MessageWriter()
      writer.write(bytes)
      writer.varint(UInt64(bytes.count))
      writer.tag(18, .lengthDelimited)
      bytes = writer.bytes()
    }
    let json = try? pool.json(bytes, as: Self.everything)
    #expect((json != nil) == isTaken)
  }

  @Test("A list of empty values inside a Struct cannot grow without bound")
  func wellKnownElements() throws {
    let list: [UInt8] = Array(repeatElement([0x0a, 0x00] as [UInt8], count: 200_000).joined())
    var writer = MessageWriter()
    for _ in 0..<2 {
      let end = writer.count
      writer.write(list)
      writer.varint(UInt64(list.count))
      writer.tag(6, .lengthDelimited)
      let inner = writer.count - end
      writer.varint(UInt64(inner))
      writer.tag(151, .lengthDelimited)
    }
    let bytes = writer.bytes()
    #expect(throws: DecodingError.self) { try pool.json(bytes, as: Self.everything) }
  }

  @Test("Damaged descriptors are refused or read, and never crash")
  func damagedDescriptors() throws {
    var random = SeededGenerator(seed: .random(in: 0...UInt64.max))
    let files = (TestMessagesRegistry.files + WellKnownRegistry.files).map(\.bytes)
    var refused = 0
    for round in 0..<2_000 {
      var bytes = files[round % files.count]
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      var pool = DescriptorPool()
      do throws(DescriptorError) { try pool.add(bytes) } catch {
        refused += 1
        continue
      }
      _ = try? pool.json([0x0a, 0x01, 0x61, 0x10, 0x05], as: Self.everything)
      _ = ProtoText(pool).declaration(of: Self.everything)
    }
    #expect(refused > 100)
  }

  @Test(
    "A file that is no descriptor is named",
    arguments: [
      ([0x0a], ""), ([], ""), ([0x0a, 0x01, 0x78, 0x22, 0x00], "x"),
      ([0x0a, 0x01, 0x78, 0x22, 0x05, 0x0a, 0x01, 0x4d, 0x12, 0x00], "x"),
    ] as [([UInt8], String)])
  func noDescriptor(bytes: [UInt8], name: String) {
    var pool = DescriptorPool()
    let error = #expect(throws: DescriptorError.self) { try pool.add(bytes) }
    #expect(error?.file == name)
  }

  @Test("proto2: presence, groups that are only described, and no packing")
  func proto2() throws {
    var pool = DescriptorPool()
    try pool.add(DescriptorBytes.proto2File)
    var parser = JSONParser(.standard)
    let json = try parser.parse(Array(#"{"n": 0, "r": [1, 2]}"#.utf8).span)
    let encoded = try pool.encode(json, as: "M")
    #expect(hex(encoded) == "080010011002")
    #expect(try pool.json(encoded, as: "M").text == #"{"n":0,"r":[1,2]}"#)
    #expect(ProtoText(pool).declaration(of: "M")?.contains("optional group M.G g = 3;") == true)
    var other = JSONParser(.standard)
    let group = try other.parse(Array(#"{"g": {}}"#.utf8).span)
    #expect(throws: JSONError.self) { try pool.encode(group, as: "M") }
  }
}

/// Descriptors made by hand.
enum DescriptorBytes {
  private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    [number << 3 | 2, UInt8(content.count)] + content
  }

  private static func text(_ number: UInt8, _ text: String) -> [UInt8] {
    field(number, Array(text.utf8))
  }

  private static func declared(_ name: String, _ number: UInt8, label: UInt8, type: UInt8)
    -> [UInt8]
  {
    field(
      2,
      text(1, name) + [0x18, number, 0x20, label, 0x28, type] + (type == 10 ? text(6, ".M.G") : []))
  }

  /// `message M { optional int32 n = 1; repeated int32 r = 2; optional group G = 3 {} }`
  static let proto2File: [UInt8] =
    text(1, "a.proto")
    + field(
      4,
      text(1, "M") + declared("n", 1, label: 1, type: 5) + declared("r", 2, label: 3, type: 5)
        + declared("g", 3, label: 1, type: 10) + field(3, text(1, "G")))
}
