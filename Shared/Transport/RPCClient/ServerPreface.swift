/// The first bytes of a server must be a SETTINGS frame (RFC 9113, 3.4). Anything else is told to
/// the user as it reads, since the server is most often one of another protocol.
enum ServerPreface {
  /// Bytes of a foreign answer that are shown.
  private static let shownBytes = 48
  private static let settingsType: UInt8 = 4

  /// How the answer begins, printable, if it cannot be HTTP/2.
  static func foreignAnswer(_ bytes: Span<UInt8>) -> String? {
    guard isForeign(bytes) else { return nil }
    let shown = (0..<min(bytes.count, shownBytes)).map { bytes[$0] }
    return String(
      decoding: shown.map { 0x20...0x7e ~= $0 ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
  }

  /// Judges length, type, flags and stream of the frame as far as they are there.
  private static func isForeign(_ bytes: Span<UInt8>) -> Bool {
    for index in 0..<min(bytes.count, 9) {
      let byte = bytes[index]
      switch index {
      case 0 where byte != 0, 3 where byte != settingsType, 4 where byte & 1 != 0: return true
      case 5...8 where byte != 0: return true
      default: break
      }
    }
    return false
  }
}
