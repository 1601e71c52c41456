import Testing

@testable import HTTP2
@testable import RPCServer

/// When a peer has been waited for long enough.
@Suite struct PeerPatienceTests {
  /// What each look finds: 10 s are for greetings and header blocks, 60 for output.
  private func ends(of looks: [(second: Int, standing: PeerPatience.Standing)]) -> [ConnectionEnd?]
  {
    let start = ContinuousClock.now
    var patience = PeerPatience(
      .init(greeting: .seconds(10), header: .seconds(10), output: .seconds(60)), now: start)
    return looks.map { patience.look($0.standing, start + .seconds($0.second)) }
  }

  private func standing(
    hasGreeted: Bool = true, block: Int? = nil, unsent: Int = 0, sent: Int = 0
  ) -> PeerPatience.Standing {
    PeerPatience.Standing(hasGreeted: hasGreeted, openBlock: block, unsent: unsent, sent: sent)
  }

  @Test("Without SETTINGS a connection ends after its time")
  func greeting() {
    let silent = standing(hasGreeted: false)
    #expect(ends(of: [(9, silent), (10, silent)]) == [nil, .greetingTimeout])
  }

  @Test("One header block may not stay open; one after the other may")
  func blocks() {
    let changing = (1...40).map { ($0, standing(block: $0 / 5)) }
    #expect(ends(of: changing).allSatisfy { $0 == nil })
    let same = [41, 50, 51].map { ($0, standing(block: 9)) }
    #expect(ends(of: same) == [nil, nil, .headerTimeout])
  }

  @Test("Output that moves a byte now and then is waited for; output that does not is not")
  func output() {
    let moving = stride(from: 0, to: 600, by: 50).map { ($0, standing(unsent: 1000, sent: $0)) }
    #expect(ends(of: moving).allSatisfy { $0 == nil })
    let stuck = [5, 64, 65].map { ($0, standing(unsent: 1000, sent: 550)) }
    #expect(ends(of: stuck) == [nil, nil, .outputTimeout])
  }

  @Test("Output that was taken counts anew")
  func taken() {
    let looks = [
      (0, standing(unsent: 10)), (50, standing(sent: 10)), (55, standing(unsent: 10, sent: 10)),
      (100, standing(unsent: 10, sent: 10)), (115, standing(unsent: 10, sent: 10)),
    ]
    #expect(ends(of: looks) == [nil, nil, nil, nil, .outputTimeout])
  }

  @Test("Nothing is looked at when nothing waits")
  func rest() {
    let patience = PeerPatience(
      .init(greeting: .seconds(10), header: .seconds(10), output: .seconds(60)), now: .now)
    #expect(!patience.isWaiting(standing()))
    #expect(patience.isWaiting(standing(hasGreeted: false)))
    #expect(patience.isWaiting(standing(block: 1)))
    #expect(patience.isWaiting(standing(unsent: 1)))
  }
}

/// Which streams may go on with messages that are not whole yet.
@Suite struct PartialMessagesTests {
  private let one = StreamID(1)
  private let two = StreamID(3)
  private let three = StreamID(5)

  @Test("Above the limit one stream at a time goes on, and the next when it is done")
  func turns() {
    var partials = PartialMessages(limit: 100)
    var steps: [Bool] = []
    for stream in [one, two, three] {
      steps.append(partials.changed(by: 50, of: stream, isWhole: false))
      steps.append(partials.letsGrow(stream))
    }
    #expect(steps == [false, true, false, true, false, true])
    let waiting = [one, two].map { partials.letsGrow($0) }
    #expect(waiting == [false, false])
    let letsOthers = partials.changed(by: -50, of: three, isWhole: true)
    #expect(letsOthers)
    let after = [one, two].map { partials.letsGrow($0) }
    #expect(after == [true, true])
  }

  @Test("Where the limit is still passed, the turn goes to one")
  func handsOn() {
    var partials = PartialMessages(limit: 10)
    for stream in [one, two, three] { _ = partials.changed(by: 50, of: stream, isWhole: false) }
    let before = [two, one, three].map { partials.letsGrow($0) }
    #expect(before == [true, false, false])
    let letsOthers = partials.changed(by: -50, of: two, isWhole: true)
    #expect(letsOthers)
    let after = [one, three].map { partials.letsGrow($0) }
    #expect(after == [true, false])
  }
}
