import HTTP2
import Testing

@Suite struct StreamTableTests {
  @Test("Behaves like a dictionary under any order of insertions and removals", arguments: 0..<20)
  func likeADictionary(seed: UInt64) {
    var random = SplitMix(state: seed)
    var table = StreamTable<Int>()
    var expected: [StreamID: Int] = [:]
    for step in 0..<5_000 {
      let stream = StreamID(Int32(random.next() % 200) * 2 + 1)
      if random.next() % 3 == 0 {
        #expect(table.remove(stream) == expected.removeValue(forKey: stream))
      } else {
        table.insert(step, for: stream)
        expected[stream] = step
      }
      let count = table.count
      #expect(count == expected.count)
    }
    for id in stride(from: Int32(1), to: 400, by: 2) {
      let value = table[StreamID(id)]
      #expect(value == expected[StreamID(id)])
    }
    let all = table.all
    #expect(all.sorted() == expected.values.sorted())
  }
}

/// A generator whose sequence a seed fixes.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
