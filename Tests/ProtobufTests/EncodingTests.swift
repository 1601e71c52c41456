import Protobuf
import TestMessages
import Testing

private typealias Everything = TestingV1.Everything

/// The bytes are those that Python's protobuf wrote, with deterministic order.
@Suite struct EncodingTests {
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let message: TestingV1.Everything
    let hex: String

    init(_ name: String, _ message: TestingV1.Everything, _ hex: String) {
      testDescription = name
      self.message = message
      self.hex = hex
    }
  }

  static let cases: [Case] = [
    Case("nothing", Everything(), ""),
    Case(
      "ends of the ranges",
      Everything(int32Value: -1, int64Value: .min, uint64Value: .max, sint32Value: -1),
      "08ffffffffffffffffff01 1080808080808080808001 20ffffffffffffffffff01 2801"),
    Case(
      "zigzag", Everything(sint32Value: .max, sint64Value: .min),
      "28feffffff0f 30ffffffffffffffffff01"),
    Case(
      "fixed; minus zero is there",
      Everything(fixed32Value: 1, sfixed64Value: -2, floatValue: 1.5, doubleValue: -0.0),
      "3d01000000 51feffffffffffffff 5d0000c03f 610000000000000080"),
    Case(
      "presence at the default",
      Everything(optionalInt32: 0, optionalBool: false, optionalString: "", optionalBytes: []),
      "a80100 880200 920200 9a0200"),
    Case(
      "packed",
      Everything(
        repeatedInt32: [0, -1, 300], repeatedFloat: [0.5], repeatedBool: [true, false]),
      "ca020d00ffffffffffffffffff01ac02 9a03040000003f aa03020100"),
    Case(
      "unpacked", Everything(repeatedString: ["", "é"], unpackedInt32: [1, 2]),
      "b20300 b20302c3a9 d80301 d80302"),
    Case(
      "enums: negative, second name, unknown number",
      Everything(colour: .infrared, repeatedColour: [.vert, .unrecognized(9)]),
      "8001f9ffffffffffffffff01 c203020509"),
    Case(
      "nested, through itself",
      Everything(nested: .init(deeper: .init(back: .init(number: 3)))), "8a0106220412020803"),
    Case("an empty message is there", Everything(child: .init()), "920100"),
    Case(
      "NUL is kept", Everything(stringValue: "a\0b", bytesValue: [0, 255]), "7203610062 7a0200ff"),
    Case("oneof at its default", Everything(choice: .int32Choice(0)), "a80600"),
    Case("oneof of a message", Everything(choice: .nestedChoice(.init(text: "x"))), "aa0703120178"),
    Case(
      "awkward names, the largest number", Everything(base: 2, self_: 3, last: 1),
      "880a02 900a03 f0ffffff0f01"),
    Case(
      "an entry has its key and value", Everything(boolMap: [true: ""], stringMap: ["k": 0]),
      "8a050408011200 9205050a016b1000"),
    Case(
      "maps in the order of their keys",
      Everything(
        int32Map: [5: "", -3: "", 0: "", 100: ""],
        uint64Map: [.max: "", 0: "", 0x8000_0000_0000_0000: ""],
        boolMap: [true: "", false: ""],
        stringMap: ["b": 1, "a": 1, "": 1, "ab": 1, "é": 1, "z": 1, "😀": 1, "\u{ffff}": 1]),
      """
      ba040d08fdffffffffffffffff011200 ba040408001200 ba040408051200 ba040408641200
      d2040408001200 d2040d08808080808080808080011200 d2040d08ffffffffffffffffff011200
      8a050408001200 8a050408011200
      9205040a001001 9205050a01611001 9205060a0261621001 9205050a01621001 9205050a017a1001
      9205060a02c3a91001 9205070a03efbfbf1001 9205080a04f09f98801001
      """),
  ]

  @Test("A message is the same bytes as Python's", arguments: cases)
  func golden(_ test: Case) throws {
    #expect(hex(test.message.encoded()) == hex(bytes(test.hex)))
    #expect(try Everything(decoding: bytes(test.hex)) == test.message)
  }

  @Test("Room can be left before the message")
  func reserving() {
    let message = Everything(int32Value: 1)
    #expect(message.encoded(reserving: 5) == [0, 0, 0, 0, 0, 8, 1])
    #expect(Everything().encoded(reserving: 2) == [0, 0])
  }

  @Test("A message larger than the scratch memory is whole", arguments: [4096, 300_000, 3_000_000])
  func large(count: Int) throws {
    let message = Everything(
      bytesValue: [UInt8](repeating: 7, count: count), repeatedInt32: [1, 2, 3])
    #expect(try Everything(decoding: message.encoded()) == message)
  }

  @Test("Equal messages have equal hashes, unknown fields count")
  func hashing() throws {
    let known = try Everything(decoding: bytes("0801"))
    let more = try Everything(decoding: bytes("0801 980c01"))
    #expect(known == Everything(int32Value: 1))
    #expect(known.hashValue == Everything(int32Value: 1).hashValue)
    #expect(more != known)
  }
}
