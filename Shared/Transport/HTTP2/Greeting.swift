/// The two frames that are not nghttp2's own.
enum Greeting {
  /// What nghttp2 believes it announced. It ends the whole connection when its number is passed;
  /// ours is smaller, and a stream too many is refused alone (RFC 9113, section 5.1.2). It also
  /// keeps as many closed streams, some 340 bytes each, to know what may still come on them.
  static let enforcedByNghttp2 = 1 << 10

  private static let frameHeaderCount = 9
  private static let settingCount = 6
  private static let maxConcurrentStreamsID: UInt8 = 3

  /// The first SETTINGS frame with the number of streams that really holds.
  static func announcing(_ limits: HTTP2Limits, in output: [UInt8]) -> [UInt8] {
    var output = output
    guard output.count >= frameHeaderCount, output[3] == 4 else { return output }
    let length = Int(output[0]) << 16 | Int(output[1]) << 8 | Int(output[2])
    let entries = stride(
      from: frameHeaderCount, to: frameHeaderCount + length, by: settingCount)
    for entry in entries where output[entry + 1] == maxConcurrentStreamsID {
      let value = UInt32(limits.maxConcurrentStreams)
      output.replaceSubrange(entry + 2..<entry + settingCount, with: value.bigEndianBytes)
    }
    return output
  }

  /// A whole GOAWAY frame (RFC 9113, section 6.8).
  static func goAway(_ code: HTTP2ErrorCode, _ reason: String, last: StreamID) -> [UInt8] {
    let debug = Array(reason.utf8.prefix(1024))
    let length = UInt32(8 + debug.count)
    let header: [UInt8] = length.bigEndianBytes.dropFirst() + [7, 0, 0, 0, 0, 0]
    return header + UInt32(last.rawValue).bigEndianBytes + code.rawValue.bigEndianBytes + debug
  }
}

extension UInt32 {
  fileprivate var bigEndianBytes: [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) }
  }
}
