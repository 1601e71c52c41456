import Protobuf
import TestMessages
import Testing

private typealias Everything = TestingV1.Everything

/// What the specification says of bytes that are unusual but right, and of those that are wrong.
@Suite struct DecodingTests {
  @Test(
    "Unusual bytes mean what the specification says",
    arguments: [
      ("the last of a scalar counts", "0801 0802", "0802"),
      ("a varint is cut to 32 bits", "08ffffffff1f", "08ffffffffffffffffff01"),
      ("a varint may be longer than it must", "08818000", "0801"),
      ("what is beyond 64 bits is dropped", "10808080808080808080 7e", ""),
      ("any varint but 0 is true", "6802", "6801"),
      ("unpacked where packed is usual", "c80201 c80202", "ca02020102"),
      ("packed where unpacked is asked for", "da03020102", "d80301 d80302"),
      ("packed in pieces, one of them empty", "ca020101 ca0200 c80202 ca020103", "ca0203010203"),
      ("a message in parts is one", "8a01020801 8a0103120178", "8a010508011201 78"),
      ("in parts, its lists join", "8a01031a0101 8a01031a0102", "8a01041a020102"),
      (
        "in parts, deep down", "8a0106220412020801 8a010722051203120178",
        "8a010922071205 08011201 78"
      ),
      ("in parts, at the default", "8a01020801 8a01020800", "8a0100"),
      ("of a oneof the last counts", "a80601 92070178 a80602", "a80602"),
      ("a oneof's message in parts is one", "aa07020801 aa0703120178", "aa0705080112 0178"),
      ("unless another came between", "aa07020801 a80601 aa0703120178", "aa0703120178"),
      ("a oneof's scalar after its message", "aa07020801 a80601", "a80601"),
      (
        "of a map the last of a key counts", "9205050a016b1001 9205050a016b1002", "9205050a016b1002"
      ),
      ("a key may lack", "920502 1001", "9205040a001001"),
      ("a value may lack", "9205030a016b", "9205050a016b1000"),
      ("a message value may lack", "d205030a016b", "d205050a016b1200"),
      ("an entry's fields in any order", "920505 1001 0a016b", "9205050a016b1001"),
      ("any order of fields", "7a0101 0801", "0801 7a0101"),
    ])
  func unusual(rule: String, hex: String, canonical: String) throws {
    let message = try Everything(decoding: bytes(hex))
    #expect(ProtobufTests.hex(message.encoded()) == ProtobufTests.hex(bytes(canonical)))
  }

  @Test(
    "Unknown fields come back as they were, after the known ones",
    arguments: [
      ("a number no field has", "980c01 0801", "0801 980c01"),
      ("each wire type", "980c01 990c0102030405060708 9a0c0161 9d0c01020304", ""),
      ("in order", "980c01 980c02 a00c01 980c03", ""),
      ("a longer tag than it must be", "988c0001", ""),
      ("a varint for a string", "7001", ""),
      ("bytes for a number", "0a0161", ""),
      ("a fixed for a varint", "0d01020304", ""),
      ("a varint for a message", "880101", ""),
      ("packed for a single field", "0a03010203", ""),
      ("a group", "9b0c 0801 9c0c", ""),
      ("an empty group", "9b0c9c0c", ""),
      ("groups in a group", "9b0c a30c a40c ab0c ac0c 9c0c", ""),
      ("a group for a known number", "0b 1001 0c", ""),
      ("in a sub-message", "8a010a 0801 980c05 1d01020304", ""),
      ("in a message in parts", "8a0103980c05 8a0103a00c06", "8a0106980c05a00c06"),
      ("in a repeated message", "ca0303980c05 ca0303 0d0102", "refused"),
      ("in a oneof's message", "aa0703980c05", ""),
      ("in a map's message", "d205080a016b1203980c05", ""),
      ("the codec's own number", "f8ffffff0f01", ""),
      ("the codec's own number, of bytes", "faffffff0f0161", ""),
      ("the codec's own number beside a group", "faffffff0f0161 9b0c9c0c f8ffffff0f07", ""),
    ])
  func unknown(kind: String, hex: String, expected: String) throws {
    guard expected != "refused" else {
      #expect(throws: DecodingError.self) { try Everything(decoding: bytes(hex)) }
      return
    }
    let message = try Everything(decoding: bytes(hex))
    let wanted = bytes(expected.isEmpty ? hex : expected)
    #expect(ProtobufTests.hex(message.encoded()) == ProtobufTests.hex(wanted))
    #expect(try Everything(decoding: message.encoded()) == message)
  }

  @Test(
    "Wrong bytes are refused, and the error says why",
    arguments: [
      ("08", .truncated), ("0aff", .truncated), ("0a05616263", .truncated),
      ("0d010203", .truncated),
      ("1101020304050607", .truncated), ("8a01050801", .truncated), ("80", .truncated),
      ("0880808080808080808080 8001", .malformedVarint), ("808080808001", .malformedVarint),
      ("7a808080808001", .malformedVarint), ("ca020180", .truncated), ("00", .invalidTag),
      ("0001", .invalidTag), ("0f", .invalidTag), ("0e01", .invalidTag),
      ("8080808010 01", .invalidTag), ("9c0c", .unmatchedGroup), ("9b0c", .unmatchedGroup),
      ("9b0c a40c", .unmatchedGroup), ("9b0c 0801", .unmatchedGroup), ("0c", .unmatchedGroup),
      ("8a01010c", .unmatchedGroup),
      (
        "9a0303 000000",
        .malformedPacked(field: "cabildo.testing.v1.Everything.repeated_float")
      ),
      ("7201ff", .invalidUTF8(field: "cabildo.testing.v1.Everything.string_value")),
      ("7203eda080", .invalidUTF8(field: "cabildo.testing.v1.Everything.string_value")),
      ("7202c080", .invalidUTF8(field: "cabildo.testing.v1.Everything.string_value")),
      ("7204f4908080", .invalidUTF8(field: "cabildo.testing.v1.Everything.string_value")),
      ("7202c3", .truncated),
      ("b20301ff", .invalidUTF8(field: "cabildo.testing.v1.Everything.repeated_string")),
      ("920203 6180 61", .invalidUTF8(field: "cabildo.testing.v1.Everything.optional_string")),
      ("8a01031201ff", .invalidUTF8(field: "cabildo.testing.v1.Everything.Nested.text")),
      ("9205030a01ff", .invalidUTF8(field: "cabildo.testing.v1.Everything.StringMapEntry.key")),
      ("92 0701ff", .invalidUTF8(field: "cabildo.testing.v1.Everything.string_choice")),
      ("7201ff 720161", .invalidUTF8(field: "cabildo.testing.v1.Everything.string_value")),
    ] as [(String, DecodingError.Reason)])
  func malformed(hex: String, reason: DecodingError.Reason) {
    let error = #expect(throws: DecodingError.self) { try Everything(decoding: bytes(hex)) }
    #expect(error?.reason == reason)
    #expect(error?.message == "cabildo.testing.v1.Everything")
  }

  @Test("Bytes need not be UTF-8")
  func bytesAreBytes() throws {
    #expect(try Everything(decoding: bytes("7a02ffc0")).bytesValue == [0xff, 0xc0])
  }

  @Test("An error tells the place")
  func offset() {
    let error = #expect(throws: DecodingError.self) {
      try Everything(decoding: bytes("0801 7a0161 7201ff"))
    }
    #expect(error?.offset == 5)
    #expect(
      error?.description
        == "cabildo.testing.v1.Everything cannot be decoded: invalid UTF-8 in"
        + " cabildo.testing.v1.Everything.string_value at byte 5")
  }
}
