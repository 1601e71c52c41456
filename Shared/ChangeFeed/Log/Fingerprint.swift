/// Short digests that tell things apart. They resist accidents, not forgers.
enum Fingerprint {
  /// FNV-1a of 128 bits, as hexadecimal digits.
  static func of(_ parts: [[UInt8]]) -> String {
    var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
    let prime: UInt128 = 0x0000_0000_0100_0000_0000_0000_0000_013b
    for part in parts {
      // The length keeps parts apart: ("ab", "c") is not ("a", "bc").
      for byte in part.count.bigEndianBytes + part {
        hash = (hash ^ UInt128(byte)) &* prime
      }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }

  /// FNV-1a of 32 bits.
  static func short(_ texts: [String]) -> UInt32 {
    var hash: UInt32 = 0x811c_9dc5
    for text in texts {
      for byte in text.utf8.count.bigEndianBytes + text.utf8 {
        hash = (hash ^ UInt32(byte)) &* 0x0100_0193
      }
    }
    return hash
  }

  /// CRC-32 of IEEE 802.3: finds every flipped bit and every garbled run of four bytes.
  static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xedb8_8320 : 0) }
    }
    return ~crc
  }
}

extension FixedWidthInteger {
  var bigEndianBytes: [UInt8] {
    (0..<Self.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) }
  }

  init?(bigEndian bytes: ArraySlice<UInt8>) {
    guard bytes.count == Self.bitWidth / 8 else { return nil }
    self = bytes.reduce(0) { $0 << 8 | Self(truncatingIfNeeded: $1) }
  }
}
