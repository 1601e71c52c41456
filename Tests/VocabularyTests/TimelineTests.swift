import Testing
import Vocabulary

@Suite struct TimelineTests {
  private static func day(_ number: Int) -> Day { Day(number: number) }

  private func timeline(_ parts: (Int, Int, String)...) -> Timeline<String> {
    Timeline(
      parts.map { from, until, content in
        .init(Period(from: Day(number: from), until: Day(number: until)), content)
      })
  }

  private func period(_ from: Int, _ until: Int) -> Period {
    Period(from: Day(number: from), until: Day(number: until))
  }

  @Test("A change splits the segments at its borders and leaves the rest")
  func changeSplits() {
    let before = timeline((0, 10, "a"), (10, 20, "b"))
    let after = before.changing(during: period(5, 15)) { $0.content + "!" }
    #expect(after == timeline((0, 5, "a"), (5, 10, "a!"), (10, 15, "b!"), (15, 20, "b")))
  }

  @Test("A change that makes neighbours equal merges them")
  func changeMerges() {
    let before = timeline((0, 10, "a"), (10, 20, "b"), (20, 30, "a"))
    #expect(before.changing(during: period(10, 20)) { _ in "a" } == timeline((0, 30, "a")))
  }

  @Test("Days of which nothing is said stay so")
  func gapsStay() {
    let before = timeline((0, 10, "a"), (20, 30, "b"))
    let after = before.changing(during: .always) { _ in "c" }
    #expect(after == timeline((0, 10, "c"), (20, 30, "c")))
    #expect(after[Day(number: 15)] == nil)
  }

  @Test("The difference names what ends and what begins, and not what stays")
  func difference() {
    let before = timeline((0, 10, "a"), (10, 20, "b"), (20, 30, "c"))
    let after = before.changing(during: period(12, 14)) { _ in "x" }
    let (ended, begun) = after.difference(from: before)
    #expect(ended == timeline((10, 20, "b")).segments)
    #expect(begun == timeline((10, 12, "b"), (12, 14, "x"), (14, 20, "b")).segments)
  }

  @Test("Refining cuts inside a segment only")
  func refining() {
    let pieces = timeline((0, 10, "a")).refined(
      at: { _ in [0, 4, 4, 10, 12].map(Self.day) }, as: { "\($0)\($1.from.number)" })
    #expect(pieces == timeline((0, 4, "a0"), (4, 10, "a4")))
  }

  /// A random history of changes to some fields of a record, kept day by day as well.
  @Test("Changes are what changing each day by itself gives", arguments: 0..<40 as Range<UInt64>)
  func againstDays(seed: UInt64) {
    var random = SeededRandom(seed)
    let days = 0..<40
    var timeline = Timeline(["0", "0", "0"], during: period(random.next(12), 28 + random.next(12)))
    var model = days.map { timeline[Day(number: $0)]?.content }
    for step in 1...30 {
      let from = random.next(40)
      let until = from + 1 + random.next(15)
      let field = random.next(3)
      // Few values, so that neighbours become equal again and again.
      let value = "\(random.next(3))"
      let old = timeline
      timeline = timeline.changing(during: period(from, until)) { segment in
        var content = segment.content
        content[field] = value
        return content
      }
      for day in days where from..<until ~= day { model[day]?[field] = value }
      #expect(days.map { timeline[Day(number: $0)]?.content } == model, "seed \(seed) step \(step)")
      expectCanonical(timeline, "seed \(seed) step \(step)")
      let (ended, begun) = timeline.difference(from: old)
      let kept = old.segments.filter { !ended.contains($0) }
      #expect(Timeline(kept + begun) == timeline, "seed \(seed) step \(step)")
    }
  }

  private func expectCanonical(_ timeline: Timeline<[String]>, _ place: String) {
    for (one, next) in zip(timeline.segments, timeline.segments.dropFirst()) {
      #expect(one.period.until <= next.period.from, "\(place)")
      #expect(
        one.period.until < next.period.from || one.content != next.content, "\(place): not merged")
    }
    #expect(timeline.segments.allSatisfy { !$0.period.isEmpty }, "\(place)")
  }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededRandom {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next(_ bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return Int((mixed ^ mixed >> 31) % UInt64(bound))
  }
}
