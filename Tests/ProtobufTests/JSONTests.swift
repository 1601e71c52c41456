import Protobuf
import TestMessages
import Testing
import WellKnown

private typealias Everything = TestingV1.Everything

/// proto3 JSON (protobuf.dev, "ProtoJSON Format"), both ways.
@Suite struct JSONTests {
  @Test(
    "A message has one JSON, and is read from it",
    arguments: [
      (Everything(), "{}"),
      (Everything(int32Value: -1, int64Value: -1), #"{"int32Value":-1,"int64Value":"-1"}"#),
      (
        Everything(uint64Value: .max, fixed32Value: .max),
        #"{"uint64Value":"18446744073709551615","fixed32Value":4294967295}"#
      ),
      (
        Everything(floatValue: 0.1, doubleValue: 1e300),
        #"{"floatValue":0.1,"doubleValue":1e+300}"#
      ),
      (
        Everything(floatValue: -.infinity, doubleValue: .infinity),
        #"{"floatValue":"-Infinity","doubleValue":"Infinity"}"#
      ),
      (Everything(doubleValue: -0.0), #"{"doubleValue":-0.0}"#),
      (
        Everything(stringValue: "\"\\/\n\u{1}\u{7f}é😀"),
        #"{"stringValue":"\"\\/\n\u0001\u007fé😀"}"#
      ),
      (Everything(bytesValue: [0xfb, 0xff]), #"{"bytesValue":"+/8="}"#),
      (
        Everything(colour: .vert, repeatedColour: [.infrared, .unrecognized(9)]),
        #"{"colour":"COLOUR_GREEN","repeatedColour":["COLOUR_INFRARED",9]}"#
      ),
      (Everything(optionalInt32: 0), #"{"optionalInt32":0}"#),
      (
        Everything(int64Map: [-1: "x"], boolMap: [true: "y"]),
        #"{"int64Map":{"-1":"x"},"boolMap":{"true":"y"}}"#
      ),
      (Everything(choice: .stringChoice("")), #"{"stringChoice":""}"#),
      (Everything(choice: .nullChoice(.nullValue)), #"{"nullChoice":null}"#),
      (Everything(child: .init()), #"{"child":{}}"#),
      (Everything(field0name5: 1), #"{"renamed":1}"#),
    ])
  func golden(message: TestingV1.Everything, json: String) throws {
    #expect(try message.jsonString() == json)
    #expect(try Everything(json: json) == message)
  }

  @Test(
    "Reading takes every form the format allows",
    arguments: [
      (#"{"int32_value":1}"#, Everything(int32Value: 1)),
      (#"{"int32Value":"1"}"#, Everything(int32Value: 1)),
      (#"{"int32Value":1.0}"#, Everything(int32Value: 1)),
      (#"{"int32Value":1e3}"#, Everything(int32Value: 1000)),
      (#"{"int32Value":0e9223372036854775807}"#, Everything()),
      (#"{"int32Value":"-0.0e-99999999999999999999"}"#, Everything()),
      (#"{"int32Value":-1200e-2}"#, Everything(int32Value: -12)),
      (#"{"int32Value":0.00120e4}"#, Everything(int32Value: 12)),
      (#"{"int64Value":-9223372036854775808}"#, Everything(int64Value: .min)),
      (#"{"uint64Value":"1.8446744073709551615e19"}"#, Everything(uint64Value: .max)),
      (#"{"doubleValue":"1.5"}"#, Everything(doubleValue: 1.5)),
      (#"{"floatValue":1}"#, Everything(floatValue: 1)),
      (#"{"bytesValue":"-_8"}"#, Everything(bytesValue: [0xfb, 0xff])),
      (#"{"colour":5}"#, Everything(colour: .green)),
      (#"{"colour":"COLOUR_VERT"}"#, Everything(colour: .green)),
      (#"{"int32Value":null,"child":null,"repeatedInt32":null,"stringMap":null}"#, Everything()),
      (#"{"stringValue":"\ud83d\ude00\u00e9\/\b\f"}"#, Everything(stringValue: "😀é/\u{8}\u{c}")),
      (#"{"int32Choice":null,"stringChoice":"x"}"#, Everything(choice: .stringChoice("x"))),
      (" {\n\t\"int32Value\" : 1\r} ", Everything(int32Value: 1)),
      (#"{"value":null}"#, Everything(value: .init(kind: .nullValue(.nullValue)))),
      (#"{"wrappedInt64":"7"}"#, Everything(wrappedInt64: .init(value: 7))),
      (#"{"field0name5":1}"#, Everything(field0name5: 1)),
    ])
  func lenient(json: String, message: TestingV1.Everything) throws {
    #expect(try Everything(json: json) == message)
  }

  @Test(
    "What is no such JSON is refused, and the error names the path",
    arguments: [
      (#"{"nope":1}"#, "nope: cabildo.testing.v1.Everything has no such field"),
      (
        #"{"child":{"nested":{"nope":1}}}"#,
        "child.nested.nope: cabildo.testing.v1.Everything.Nested has no such field"
      ),
      (#"{"children":[{},{"int32Value":"x"}]}"#, #"children[1].int32Value: "x" is no number"#),
      (#"{"nestedValues":{"k":{"number":1.5}}}"#, #"nestedValues["k"].number: 1.5 is no Int32"#),
      (#"{"int32Value":2147483648}"#, "int32Value: 2147483648 is no Int32"),
      (
        #"{"int32Value":1.5e-9223372036854775808}"#,
        "int32Value: 1.5e-9223372036854775808 is no Int32"
      ),
      (
        #"{"uint64Value":10e9223372036854775807}"#,
        "uint64Value: 10e9223372036854775807 is no UInt64"
      ),
      (
        #"{"int64Value":1e99999999999999999999}"#, "int64Value: 1e99999999999999999999 is no Int64"
      ),
      (#"{"uint32Value":-1}"#, "uint32Value: -1 is no UInt32"),
      (#"{"int32Value":" 1"}"#, #"int32Value: " 1" is no number"#),
      (#"{"int32Value":true}"#, "int32Value: a number is wanted, not a boolean"),
      (#"{"floatValue":1e39}"#, "floatValue: 1e39 is out of range for Float"),
      (#"{"doubleValue":"nan"}"#, #"doubleValue: "nan" is no number"#),
      (#"{"boolValue":"true"}"#, "boolValue: true or false is wanted, not a string"),
      (#"{"stringValue":1}"#, "stringValue: a string is wanted, not a number"),
      (#"{"bytesValue":"*"}"#, "bytesValue: base64 is wanted"),
      (#"{"colour":"RED"}"#, #"colour: no value is named "RED""#),
      (#"{"repeatedInt32":[1,null]}"#, "repeatedInt32[1]: null is no element"),
      (#"{"repeatedInt32":1}"#, "repeatedInt32: a repeated field is an array, not a number"),
      (#"{"stringMap":[]}"#, "stringMap: a map is an object, not an array"),
      (#"{"int32Map":{"x":""}}"#, #"int32Map["x"]: "x" is no number"#),
      (
        #"{"int32Value":1,"int32_value":1}"#,
        "int32Value: given twice, as int32Value and as int32_value"
      ),
      (#"{"int32Value":1,"int32Value":1}"#, #"int32Value: "int32Value" is given twice"#),
      (
        #"{"int32Choice":1,"stringChoice":"x"}"#,
        "stringChoice: another field of the same oneof is given too"
      ),
      ("[]", "cabildo.testing.v1.Everything is an object, not an array"),
      ("", "the JSON ends too early"), ("{", "the JSON ends too early"),
      (#"{"int32Value":01}"#, "not JSON at byte 15"),
      (#"{"int32Value":+1}"#, "not JSON at byte 14"),
      (#"{"int32Value":1,}"#, "not JSON at byte 16"), ("{} x", "not JSON at byte 3"),
      (#"{"doubleValue":NaN}"#, "not JSON at byte 15"), (#"{'a':1}"#, "not JSON at byte 1"),
      ("{\"stringValue\":\"\n\"}", "not JSON at byte 16"),
      (#"{"stringValue":"\ud83d"}"#, "half a surrogate pair at byte 22"),
      (#"{"stringValue":"\x"}"#, "not JSON at byte 17"),
    ])
  func refused(json: String, error: String) {
    let thrown = #expect(throws: JSONError.self) { try Everything(json: json) }
    #expect(thrown?.description == error)
  }

  @Test("Unknown fields and enum names are passed over when asked")
  func unknownFields() throws {
    let options = JSONDecodingOptions(ignoresUnknownFields: true)
    let json = #"{"nope":{"deep":[1]},"colour":"RED","repeatedColour":["RED","COLOUR_RED"]}"#
    #expect(try Everything(json: json, options) == Everything(repeatedColour: [.red]))
  }

  @Test("Names can stay as in the .proto, and defaults be written")
  func options() throws {
    let names = JSONEncodingOptions(keepsProtoNames: true)
    #expect(try Everything(int32Value: 1).jsonString(names) == #"{"int32_value":1}"#)
    let defaults = JSONEncodingOptions(writesDefaults: true)
    let nested = Everything.Nested().self
    #expect(
      try nested.jsonString(defaults) == #"{"number":0,"text":"","numbers":[]}"#)
  }

  @Test(
    "JSON has limits too",
    arguments: [
      ("", "[", 100_000, "", "more than 100 levels of nesting"),
      ("", #"{"child":"#, 100_000, "", "more than 100 levels of nesting"),
      ("[", "0,", 300_000, "0]", "more than 250000 values"),
      ("\"", "x", 4 << 20, "\"", "more than 4194304 bytes"),
    ])
  func limits(begin: String, part: String, count: Int, end: String, error: String) {
    let json = begin + String(repeating: part, count: count) + end
    let thrown = #expect(throws: JSONError.self) { try Everything(json: json) }
    #expect(thrown?.description == error)
  }

  @Test("JSON must be UTF-8")
  func utf8() {
    #expect(throws: JSONError("invalid UTF-8")) {
      try Everything(json: Array(#"{"stringValue":""#.utf8) + [0xff] + Array(#""}"#.utf8))
    }
  }
}
