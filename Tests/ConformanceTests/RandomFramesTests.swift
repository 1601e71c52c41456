import Foundation
import Peers
import Testing

/// Frames at random: whatever comes, the server answers or closes, and serves the next caller.
///
/// `CABILDO_SEED` repeats a run; each failure names its seed.
@Suite(.served, .serialized) struct RandomFramesTests {
  static let seeds: [UInt64] = {
    if let seed = ProcessInfo.processInfo.environment["CABILDO_SEED"].flatMap(UInt64.init) {
      return [seed]
    }
    let first = UInt64.random(in: 0...UInt64.max / 2)
    return (0..<200).map { first + $0 }
  }()

  @Test("Random frames of every kind", arguments: seeds)
  func frames(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let peer = try RawPeer.started(port: ServerUnderTest.port)
    for _ in 0..<Int.random(in: 1...40, using: &random) {
      try peer.send(Self.frame(&random))
    }
    try nextCallerIsServed(seed)
  }

  @Test("Good calls with a byte changed", arguments: seeds)
  func mutatedCalls(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var bytes = try ProtocolDocument.hex("request")
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let index = Int.random(in: RawPeer.preface.count..<bytes.count, using: &random)
      bytes[index] = UInt8.random(in: 0...255, using: &random)
    }
    let peer = try RawPeer(port: ServerUnderTest.port)
    try peer.send(bytes)
    try nextCallerIsServed(seed)
  }

  @Test("Good calls cut anywhere", arguments: 0..<158)
  func cutCalls(length: Int) throws {
    let bytes = try ProtocolDocument.hex("request")
    let peer = try RawPeer(port: ServerUnderTest.port)
    try peer.send(Array(bytes.prefix(length)))
    if length.isMultiple(of: 2) { peer.resetOnClose() } else { peer.finishWriting() }
    try nextCallerIsServed(UInt64(length))
  }

  private func nextCallerIsServed(_ seed: UInt64) throws {
    let next = try RawPeer.started(port: ServerUnderTest.port)
    try next.callEmpty(on: 1)
    #expect(next.answer(on: 1).fields["grpc-status"] == "0", "after CABILDO_SEED=\(seed)")
  }

  private static func frame(_ random: inout SeededGenerator) -> Frame {
    let kind = Frame.Kind(rawValue: UInt8.random(in: 0...11, using: &random))
    let stream = UInt32([0, 1, 1, 3, 5, 7, 2, 0x7fff_ffff].randomElement(using: &random)!)
    let flags = Frame.Flags(
      rawValue: [0, 1, 4, 5, 8, 0x20, 0xff].randomElement(using: &random)!)
    if kind == .headers, Bool.random(using: &random) {
      return Frame(kind, flags, stream: stream, payload: Step.defaultRequest.headerBlock)
    }
    let lengths = [0, 1, 4, 5, 6, 8, 9, Int.random(in: 0...300, using: &random)]
    let payload = (0..<lengths.randomElement(using: &random)!).map { _ in
      UInt8.random(in: 0...255, using: &random)
    }
    return Frame(kind, flags, stream: stream, payload: payload)
  }
}

/// SplitMix64: the same numbers from the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
