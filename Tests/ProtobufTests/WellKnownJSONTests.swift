import Protobuf
import TestMessages
import Testing
import WellKnown

/// The types whose JSON is not an object of their fields.
@Suite struct WellKnownJSONTests {
  @Test(
    "A timestamp is a time of RFC 3339",
    arguments: [
      (0, 0, "1970-01-01T00:00:00Z"), (-1, 999_999_999, "1969-12-31T23:59:59.999999999Z"),
      (-62_135_596_800, 0, "0001-01-01T00:00:00Z"),
      (253_402_300_799, 999_000_000, "9999-12-31T23:59:59.999Z"),
      (951_782_400, 1000, "2000-02-29T00:00:00.000001Z"),
      (1_714_555_800, 0, "2024-05-01T09:30:00Z"),
    ] as [(Int64, Int32, String)])
  func timestamps(seconds: Int64, nanos: Int32, text: String) throws {
    let time = GoogleProtobuf.Timestamp(seconds: seconds, nanos: nanos)
    #expect(try time.jsonString() == "\"\(text)\"")
    #expect(try GoogleProtobuf.Timestamp(json: "\"\(text)\"") == time)
  }

  @Test(
    "Other ways to write a time are read",
    arguments: [
      ("1970-01-01T01:00:00+01:00", 0, 0), ("1969-12-31T19:00:00-05:00", 0, 0),
      ("1970-01-01T00:00:00.5Z", 0, 500_000_000), ("1970-01-01T00:00:00.000000001Z", 0, 1),
    ] as [(String, Int64, Int32)])
  func offsets(text: String, seconds: Int64, nanos: Int32) throws {
    let time = try GoogleProtobuf.Timestamp(json: "\"\(text)\"")
    #expect(time == GoogleProtobuf.Timestamp(seconds: seconds, nanos: nanos))
  }

  @Test(
    "What is no time is refused",
    arguments: [
      "2024-02-30T00:00:00Z", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z",
      "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z",
      "2024-01-01 00:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00.Z",
      "2024-01-01T00:00:00.1234567890Z", "0000-12-31T23:59:59Z", "10000-01-01T00:00:00Z",
      "2024-1-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "2024-01-01T00:00:00+0100", "",
    ])
  func noTimes(text: String) {
    #expect(throws: JSONError.self) { try GoogleProtobuf.Timestamp(json: "\"\(text)\"") }
  }

  @Test(
    "A duration is seconds",
    arguments: [
      (0, 0, "0s"), (1, 500_000_000, "1.500s"), (-1, -1, "-1.000000001s"), (0, -1000, "-0.000001s"),
      (315_576_000_000, 0, "315576000000s"),
    ] as [(Int64, Int32, String)])
  func durations(seconds: Int64, nanos: Int32, text: String) throws {
    let duration = GoogleProtobuf.Duration(seconds: seconds, nanos: nanos)
    #expect(try duration.jsonString() == "\"\(text)\"")
    #expect(try GoogleProtobuf.Duration(json: "\"\(text)\"") == duration)
  }

  @Test(
    "What is no duration is refused",
    arguments: ["1", "s", "1.s", "--1s", "1.0000000001s", "315576000001s", "1e3s", "", ".5s"])
  func noDurations(text: String) {
    #expect(throws: JSONError.self) { try GoogleProtobuf.Duration(json: "\"\(text)\"") }
  }

  @Test("Values out of range have no JSON")
  func outOfRange() {
    #expect(throws: JSONError.self) {
      try GoogleProtobuf.Timestamp(seconds: 253_402_300_800).jsonString()
    }
    #expect(throws: JSONError.self) { try GoogleProtobuf.Timestamp(nanos: -1).jsonString() }
    #expect(throws: JSONError.self) {
      try GoogleProtobuf.Duration(seconds: 1, nanos: -1).jsonString()
    }
    #expect(throws: JSONError.self) { try GoogleProtobuf.Duration(seconds: .min).jsonString() }
    #expect(throws: JSONError.self) {
      try GoogleProtobuf.Value(kind: .numberValue(.nan)).jsonString()
    }
  }

  @Test(
    "A field mask is its paths in lowerCamelCase",
    arguments: [([], ""), (["foo_bar", "a.b_c"], "fooBar,a.bC"), (["x"], "x")])
  func fieldMasks(paths: [String], text: String) throws {
    let mask = GoogleProtobuf.FieldMask(paths: paths)
    #expect(try mask.jsonString() == "\"\(text)\"")
    #expect(try GoogleProtobuf.FieldMask(json: "\"\(text)\"") == mask)
  }

  @Test(
    "A path that JSON would change is refused", arguments: ["fooBar", "foo__bar", "foo_", "a_1"])
  func noFieldMasks(path: String) {
    #expect(throws: JSONError.self) { try GoogleProtobuf.FieldMask(paths: [path]).jsonString() }
    #expect(throws: JSONError.self) { try GoogleProtobuf.FieldMask(json: "\"foo_bar\"") }
  }

  @Test(
    "A struct is any JSON",
    arguments: [
      #"{"a":null,"b":[1.5,"x",true,{}],"c":{"d":[]}}"#, "{}",
      #"{"1":1e+100}"#,
    ])
  func structs(json: String) throws {
    #expect(try GoogleProtobuf.Struct(json: json).jsonString() == json)
  }

  @Test(
    "An Any is what it holds, with its type",
    arguments: [
      (
        GoogleProtobuf.`Any`(packing: GoogleRPC.ErrorInfo(reason: "R", domain: "d")),
        #"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"R","domain":"d"}"#
      ),
      (
        GoogleProtobuf.`Any`(packing: GoogleProtobuf.Duration(seconds: 1)),
        #"{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}"#
      ),
      (
        GoogleProtobuf.`Any`(packing: GoogleProtobuf.Empty()),
        #"{"@type":"type.googleapis.com/google.protobuf.Empty"}"#
      ),
      (GoogleProtobuf.`Any`(), "{}"),
    ])
  func anys(any: GoogleProtobuf.`Any`, json: String) throws {
    #expect(try any.jsonString() == json)
    #expect(try GoogleProtobuf.`Any`(json: json) == any)
  }

  @Test("The type may stand anywhere, and must be known")
  func anyTypes() throws {
    let json = #"{"reason":"R","@type":"x/google.rpc.ErrorInfo"}"#
    let any = try GoogleProtobuf.`Any`(json: json)
    #expect(any.unpacked(as: GoogleRPC.ErrorInfo.self) == GoogleRPC.ErrorInfo(reason: "R"))
    #expect(any.unpacked(as: GoogleProtobuf.Duration.self) == nil)

    let nested = #"{"@type":"x/cabildo.testing.v1.Everything.Nested","number":3}"#
    #expect(throws: JSONError.self) { try GoogleProtobuf.`Any`(json: nested) }
    let options = JSONDecodingOptions(registry: [TestingV1.Everything.Nested.self])
    #expect(
      try GoogleProtobuf.`Any`(json: nested, options).unpacked()
        == TestingV1.Everything.Nested(number: 3))
    #expect(throws: JSONError.self) { try GoogleProtobuf.`Any`(json: #"{"reason":"R"}"#) }
  }

  @Test("Any in Any in Any has an end")
  func anyDepth() throws {
    var any = GoogleProtobuf.`Any`(packing: GoogleProtobuf.Empty())
    for _ in 0..<10_000 { any = GoogleProtobuf.`Any`(packing: any) }
    #expect(throws: JSONError.self) { try any.jsonString() }
  }
}
