import Foundation
import Peers
import Protobuf
import TestMessages
import Testing

private typealias Everything = TestingV1.Everything

/// What one message may cost, whatever its bytes claim.
@Suite struct LimitTests {
  /// A message in itself so many times, by field 18.
  static func nested(_ levels: Int) -> [UInt8] {
    var writer = MessageWriter()
    for _ in 0..<levels {
      writer.varint(UInt64(writer.count))
      writer.tag(18, .lengthDelimited)
    }
    return writer.bytes()
  }

  static func repeated(_ hex: String, _ times: Int) -> [UInt8] {
    Array(repeatElement(bytes(hex), count: times).joined())
  }

  static func ones(_ count: Int) -> [UInt8] { [UInt8](repeating: 1, count: count) }

  /// Made when it is used: the table would otherwise hold, and print, all of the bytes.
  struct Load: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: @Sendable () -> [UInt8]
    var refusal = DecodingError.Reason.refused

    init(_ name: String, _ bytes: @autoclosure @escaping @Sendable () -> [UInt8]) {
      testDescription = name
      self.bytes = bytes
    }

    func over(_ name: String, _ allowed: Int) -> Load {
      var load = self
      load.refusal = .overLimit(name: name, allowed: allowed)
      return load
    }
  }

  @Test(
    "Past a limit the message is refused at once",
    arguments: [
      Load("100,000 levels", nested(100_000)).over("levels of nesting", 100),
      Load("101 levels", nested(101)).over("levels of nesting", 100),
      Load("100,000 groups", repeated("9b0c", 100_000)).over("levels of nesting", 100),
      Load("4 MB of empty messages", repeated("ca0300", 1_390_000)).over("elements", 250_000),
      Load("4 MB of empty strings", repeated("b20300", 1_390_000)).over("elements", 250_000),
      Load("4 MB of map entries", repeated("920500", 1_390_000)).over("elements", 250_000),
      Load("4 MB of unknown fields", repeated("980c01", 1_390_000)).over("elements", 250_000),
      Load("4 MB of empty groups", repeated("9b0c9c0c", 1_040_000)).over("elements", 250_000),
      Load("messages of a large type", repeated("d20300", 249_999)).over(
        "bytes of memory", 32 << 20),
      Load("a scalar too often", repeated("0801", 2_000_000)).over("bytes of memory", 32 << 20),
      Load("4 MB of small numbers", bytes("d202 f8ffff01") + ones(4_194_296))
        .over("bytes of memory", 32 << 20),
      Load("more than 4 MiB", bytes("7a 80808002") + ones(4_194_304)).over("bytes", 4 << 20),
    ])
  func refused(load: Load) {
    let bytes = load.bytes()
    let time = ContinuousClock().measure {
      let error = #expect(throws: DecodingError.self) { try Everything(decoding: bytes) }
      #expect(error?.reason == load.refusal)
    }
    #expect(time < .seconds(5) * Slack.factor)
  }

  @Test(
    "Up to the limits a message is accepted, in bounded memory",
    arguments: [
      Load("100 levels", nested(100)),
      Load("249,999 empty messages", repeated("ca0300", 249_999)),
      Load("249,999 unknown fields", repeated("980c01", 249_999)),
      Load("249,999 empty groups", repeated("9b0c9c0c", 249_999)),
      Load("a group in 100", repeated("9b0c", 100) + repeated("9c0c", 100)),
      Load("4 MB of bytes", bytes("7a f0ffff01") + ones(4_194_288)),
      Load("a message in 249,999 parts", repeated("8a0100", 249_999)),
      Load("a large type nearly too often", repeated("d20300", 20_000)),
    ])
  func accepted(load: Load) throws {
    let peer = try CodecPeer()
    #expect(try peer.ask("w", load.bytes()) != nil)
    #expect(try peer.peakMemory() < Slack.factor * 160 << 20)
  }

  @Test("The deepest message is handled on the stack that threads have")
  func deepest() async throws {
    let message = try Everything(decoding: Self.nested(100))
    let isSame = await onUsualStack {
      let copy = try? Everything(decoding: message.encoded())
      return copy == message && copy.hashValue != 0 && (try? message.jsonString())?.isEmpty == false
    }
    #expect(isSame)
  }

  @Test("Limits are the caller's choice")
  func ownLimits() throws {
    let narrow = DecodingLimits(bytes: 10, depth: 1, elements: 2, memory: 1 << 20)
    #expect(throws: Never.self) { try Everything(decoding: Self.nested(1), limits: narrow) }
    #expect(throws: DecodingError.self) { try Everything(decoding: Self.nested(2), limits: narrow) }
    #expect(throws: DecodingError.self) {
      try Everything(decoding: Self.repeated("ca0300", 3), limits: narrow)
    }
    #expect(throws: DecodingError.self) {
      try Everything(decoding: Self.repeated("0801", 6), limits: narrow)
    }
  }

  private func onUsualStack(_ body: @escaping @Sendable () -> Bool) async -> Bool {
    await withCheckedContinuation { continuation in
      let thread = Thread { continuation.resume(returning: body()) }
      thread.stackSize = 8 << 20
      thread.start()
    }
  }
}
