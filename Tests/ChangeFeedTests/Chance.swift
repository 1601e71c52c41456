import Foundation
import Synchronization

/// Chance that can be repeated: `CABILDO_SEED` names a run, and so does each failure.
final class Chance: Sendable {
  let seed: UInt64
  private let state: Mutex<UInt64>

  init() {
    let given = ProcessInfo.processInfo.environment["CABILDO_SEED"].flatMap(UInt64.init)
    seed = given ?? UInt64.random(in: 0...UInt64.max / 2)
    state = Mutex(seed)
  }

  func number(in range: ClosedRange<Int>) -> Int {
    state.withLock { state in
      state &+= 0x9e37_79b9_7f4a_7c15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
      mixed ^= mixed >> 31
      return range.lowerBound + Int(mixed % UInt64(range.count))
    }
  }
}
