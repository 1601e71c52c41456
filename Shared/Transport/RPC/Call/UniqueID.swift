internal import Synchronization

/// Numbers that name calls, traces and spans: unlike any other with near certainty, and no secrets.
///
/// SplitMix64 over a counter that begins at random. The system's generator would cost a system call
/// for each number.
enum UniqueID {
  private static let counter = Atomic<UInt64>(.random(in: .min ... .max))

  /// Not zero, which names nothing in W3C Trace Context.
  static func make() -> UInt64 {
    var bits = counter.wrappingAdd(0x9e37_79b9_7f4a_7c15, ordering: .relaxed).newValue
    bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
    return max(bits ^ bits >> 31, 1)
  }
}

extension UInt64 {
  /// Sixteen digits in lower case.
  var hex: String {
    unsafe String(unsafeUninitializedCapacity: 16) { digits in
      for index in 0..<16 {
        let digit = UInt8(truncatingIfNeeded: self >> UInt64(60 - 4 * index)) & 0xf
        unsafe digits[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
      }
      return 16
    }
  }
}
