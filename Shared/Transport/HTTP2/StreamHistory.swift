/// What became of recent streams, as far back as `capacity` stream numbers.
///
/// What a peer may still send on a stream depends on it: after our reset, whatever was on its way
/// (RFC 9113, section 5.1); after a regular end, nothing. And a reset is told from a flood's by how
/// long its stream had been open.
struct StreamHistory {
  enum Fate: UInt32 { case unknown, open, answered, resetByUs, ended }

  private static let capacity = 256
  /// A fate takes the low bits; the rest is when the stream was opened.
  private static let fateBits: UInt32 = 3

  private struct Entry {
    var id: Int32 = 0
    var mark: UInt32 = 0
  }

  private var entries = Array(repeating: Entry(), count: capacity)

  func fate(of stream: StreamID) -> Fate {
    let entry = entries[slot(stream)]
    guard entry.id == stream.rawValue else { return .unknown }
    return Fate(rawValue: entry.mark & (1 << Self.fateBits - 1)) ?? .unknown
  }

  /// How long ago, in microseconds, a stream that is remembered was opened. It comes round after
  /// nine minutes.
  func age(of stream: StreamID, now: Int) -> UInt32 {
    (stamp(now) &- entries[slot(stream)].mark & ~(1 << Self.fateBits - 1)) >> Self.fateBits
  }

  mutating func opened(_ stream: StreamID, now: Int) {
    entries[slot(stream)] = Entry(id: stream.rawValue, mark: stamp(now) | Fate.open.rawValue)
  }

  mutating func answered(_ stream: StreamID) {
    guard fate(of: stream) == .open else { return }
    mark(stream, .answered)
  }

  mutating func resetByUs(_ stream: StreamID) { mark(stream, .resetByUs) }

  mutating func ended(_ stream: StreamID) {
    guard fate(of: stream) != .resetByUs else { return }
    mark(stream, .ended)
  }

  private mutating func mark(_ stream: StreamID, _ fate: Fate) {
    entries[slot(stream)] = Entry(id: stream.rawValue, mark: fate.rawValue)
  }

  private func stamp(_ now: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: now << Int(Self.fateBits))
  }

  private func slot(_ stream: StreamID) -> Int {
    Int(stream.rawValue >> 1) & (Self.capacity - 1)
  }
}
