import RPC
import Testing
import WellKnown

@testable import ChangeFeed

/// Cursors are opaque to others, and nothing but what was given is taken back.
@Suite struct CursorTests {
  private static let cursors = [
    Cursor(epoch: 0, view: 0, point: .start),
    Cursor(
      epoch: .max, view: .max,
      point: FeedPoint(sequence: .max, recordedTime: RecordedTime(microseconds: .max))),
    Cursor(
      epoch: 7, view: 9,
      point: FeedPoint(sequence: 42, recordedTime: RecordedTime(microseconds: -1)),
      snapshot: .init(collection: 3, after: "")),
    Cursor(
      epoch: 7, view: 9,
      point: FeedPoint(sequence: 42, recordedTime: RecordedTime(microseconds: 1)),
      snapshot: .init(collection: .max, after: "members/san-sebastián~\u{0}")),
    Cursor(
      epoch: 1, view: 1, point: .start,
      snapshot: .init(
        collection: 1, after: String(repeating: "ñ", count: ResourceChange.maxNameBytes / 2))),
  ]

  @Test("A cursor comes back as it was given, in letters that a URL takes", arguments: cursors)
  func roundTrip(cursor: Cursor) {
    let text = cursor.text
    #expect(Cursor(text: text) == cursor)
    #expect(text.utf8.count <= Cursor.maxTextBytes)
    #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
  }

  @Test("One letter changed, left out or put in, at any place, and it is refused")
  func garbled() {
    for cursor in Self.cursors.prefix(4) {
      let letters = Array(cursor.text)
      for place in letters.indices {
        for letter in "AZaz09-_+/=. é" where letter != letters[place] {
          var other = letters
          other[place] = letter
          #expect(Cursor(text: String(other)) == nil)
        }
        var shorter = letters
        shorter.remove(at: place)
        #expect(Cursor(text: String(shorter)) == nil)
        var longer = letters
        longer.insert("A", at: place)
        #expect(Cursor(text: String(longer)) == nil)
        #expect(Cursor(text: String(letters[..<place])) == nil)
      }
    }
  }

  @Test(
    "What is no cursor is refused",
    arguments: [
      " ", "A", "====", "members/bilbao", "null", "0", "\u{0}", String(repeating: "A", count: 2049),
      Self.sealed([]), Self.sealed([1]), Self.sealed([2] + [UInt8](repeating: 0, count: 28)),
      // The right length and checksum, but a sequence below zero.
      Self.sealed([1] + [UInt8](repeating: 0xff, count: 28)),
      // A snapshot's place that is cut short, and one whose name is no UTF-8.
      Self.sealed([1] + [UInt8](repeating: 0, count: 28) + [0, 0]),
      Self.sealed([1] + [UInt8](repeating: 0, count: 28) + [0, 0, 0, 0, 0xc3]),
    ])
  func forged(text: String) {
    #expect(Cursor(text: text) == nil)
  }

  @Test("A forger who knows the form gets in only what can be meant")
  func wellFormed() {
    let text = Self.sealed([1] + [UInt8](repeating: 0, count: 28))
    #expect(Cursor(text: text) == Cursor(epoch: 0, view: 0, point: .start))
    #expect(Cursor(text: text + "=") == nil)
  }

  /// Bytes with the checksum of a cursor.
  private static func sealed(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    let bits = (bytes + Fingerprint.crc32(bytes).bigEndianBytes).flatMap { byte in
      (0..<8).reversed().map { byte >> UInt8($0) & 1 }
    }
    return String(
      stride(from: 0, to: bits.count, by: 6).map { start in
        let digits = (bits[start..<min(start + 6, bits.count)] + [0, 0, 0, 0, 0, 0]).prefix(6)
        return alphabet[digits.reduce(0) { $0 << 1 | Int($1) }]
      })
  }

  @Test(
    "A snapshot's place that no snapshot ever said is refused, whatever its checksum",
    arguments: [
      "x", "words", "word/1", "counts/1", "\u{0}", "Words/1", "/words/1", "zzz/words/1", " words/1",
    ])
  func forgedPlace(after: String) async throws {
    try await withRegister { register in
      try await register.put("words/1", "one")
      var watching = try await Watching(register.channel)
      _ = try await watching.next()
      var cursor = try #require(Cursor(text: watching.cursor))
      let place = try #require(cursor.snapshot)
      cursor.snapshot = .init(collection: place.collection, after: after)
      let error = await failure {
        var forged = try await Watching(register.channel, cursor: cursor.text)
        _ = try await forged.next()
      }
      #expect(error?.code == .invalidArgument && error?.reason == "CURSOR_INVALID", "\(after)")
      // One that a snapshot may well have said goes on.
      cursor.snapshot = .init(collection: place.collection, after: "words/0")
      var honest = try await Watching(register.channel, cursor: cursor.text)
      #expect(try await honest.next() == "start snapshot")
    }
  }

  @Test(
    "Why a cursor is not followed is said with a code and a reason",
    arguments: [
      (CursorError.invalid, StatusCode.invalidArgument, "CURSOR_INVALID", [:]),
      (
        .expired(
          oldest: 17, retention: Retention(age: .seconds(3600), count: 5)), .outOfRange,
        "CURSOR_EXPIRED",
        ["oldest_sequence": "17", "retention_seconds": "3600", "retention_count": "5"]
      ),
      (.foreign(.epoch), .failedPrecondition, "CURSOR_FOREIGN", ["cause": "EPOCH"]),
      (.foreign(.view), .failedPrecondition, "CURSOR_FOREIGN", ["cause": "VIEW"]),
      (.foreign(.history), .failedPrecondition, "CURSOR_FOREIGN", ["cause": "HISTORY"]),
    ])
  func errors(error: CursorError, code: StatusCode, reason: String, metadata: [String: String]) {
    #expect(error.rpcError.code == code)
    #expect(error.rpcError.reason == reason)
    #expect(error.rpcError.errorInfo?.metadata == metadata)
  }
}

/// The digests that tell things apart.
@Suite struct FingerprintTests {
  @Test("CRC-32 is that of IEEE 802.3") func crc() {
    #expect(Fingerprint.crc32(Array("123456789".utf8)) == 0xcbf4_3926)
    #expect(Fingerprint.crc32([]) == 0)
  }

  @Test("Parts are kept apart") func parts() {
    #expect(Fingerprint.of([]) == "6c62272e07bb014262b821756295c58d")
    let digests = [
      [[1, 2], [3]], [[1], [2, 3]], [[1, 2, 3]], [[], [1, 2, 3]], [[1, 2, 3], []], [[]],
      [[3], [1, 2]],
    ].map { Fingerprint.of($0) }
    #expect(Set(digests).count == digests.count)
    #expect(digests.allSatisfy { $0.count == 32 })
    #expect(Fingerprint.short(["ab", "c"]) != Fingerprint.short(["a", "bc"]))
  }
}
