internal import Protobuf

/// Where a consumer stands in a feed: opaque text to others.
///
/// It says which feed, and which view of it, so that a cursor of another is refused rather than
/// misread; and the recorded time beside the sequence, so that a log which went another way since
/// (a restored backup) is found out.
struct Cursor: Hashable, Sendable {
  /// The feed's own random name, made with its store.
  var epoch: UInt64
  /// A digest of what the consumer asked for and may see.
  var view: UInt32
  /// In the tail the last change taken in; in a snapshot the moment that it shows.
  var point: FeedPoint
  /// Nil in the tail.
  var snapshot: SnapshotPlace?

  /// How far a snapshot was taken in.
  struct SnapshotPlace: Hashable, Sendable {
    /// A digest of the collection's type.
    var collection: UInt32
    /// The last resource taken in; empty before the first.
    var after: String
  }

  private static let version: UInt8 = 1
  private static let fixedCount = 1 + 8 + 4 + 8 + 8
  private static let checksumCount = 4
  /// Longer text is no cursor.
  static let maxTextBytes = 2048

  /// Letters, digits, `-` and `_`.
  var text: String {
    var bytes = [Self.version]
    bytes += epoch.bigEndianBytes
    bytes += view.bigEndianBytes
    bytes += point.sequence.bigEndianBytes
    bytes += point.recordedTime.microseconds.bigEndianBytes
    if let snapshot {
      bytes += snapshot.collection.bigEndianBytes
      bytes += snapshot.after.utf8
    }
    bytes += Fingerprint.crc32(bytes).bigEndianBytes
    let letters = Base64.encode(bytes, padded: false).map { letter in
      switch letter {
      case UInt8(ascii: "+"): UInt8(ascii: "-")
      case UInt8(ascii: "/"): UInt8(ascii: "_")
      default: letter
      }
    }
    return String(decoding: letters, as: UTF8.self)
  }

  init(epoch: UInt64, view: UInt32, point: FeedPoint, snapshot: SnapshotPlace? = nil) {
    self.epoch = epoch
    self.view = view
    self.point = point
    self.snapshot = snapshot
  }

  /// Nil unless this is exactly what `text` writes.
  init?(text: String) {
    guard text.utf8.count <= Self.maxTextBytes, let bytes = Base64.decode(Array(text.utf8)),
      bytes.count >= Self.fixedCount + Self.checksumCount, bytes[0] == Self.version
    else { return nil }
    let body = bytes.dropLast(Self.checksumCount)
    guard UInt32(bigEndian: bytes.suffix(Self.checksumCount)) == Fingerprint.crc32(body),
      let epoch = UInt64(bigEndian: body[1..<9]), let view = UInt32(bigEndian: body[9..<13]),
      let sequence = Int64(bigEndian: body[13..<21]), sequence >= 0,
      let recorded = Int64(bigEndian: body[21..<29])
    else { return nil }
    let point = FeedPoint(
      sequence: sequence, recordedTime: RecordedTime(microseconds: recorded))
    self.init(epoch: epoch, view: view, point: point)
    let rest = body.dropFirst(Self.fixedCount)
    if !rest.isEmpty {
      guard let collection = UInt32(bigEndian: rest.prefix(4)),
        let after = String(validating: rest.dropFirst(4), as: UTF8.self)
      else { return nil }
      snapshot = SnapshotPlace(collection: collection, after: after)
    }
    // Base64 can be written in more than one way, and Swift holds more than one text equal.
    guard Array(self.text.utf8) == Array(text.utf8) else { return nil }
  }
}

extension Cursor {
  /// Throws unless the feed, as it is now, can go on from here.
  func check(
    _ log: ChangeLog, _ state: FeedState, view: UInt32, _ collections: [FeedCollection],
    _ retention: Retention
  ) throws {
    guard epoch == state.epoch else { throw CursorError.foreign(.epoch) }
    guard self.view == view else { throw CursorError.foreign(.view) }
    // The clock knows every change that ever was, so a cursor of a lost one is found out.
    guard try point == .start || log.recordedTime(of: point.sequence) == point.recordedTime else {
      throw CursorError.foreign(.history)
    }
    guard point.sequence >= state.trimmed.sequence else {
      throw CursorError.expired(oldest: state.trimmed.sequence + 1, retention: retention)
    }
    guard let snapshot else { return }
    guard let collection = collections.first(where: { $0.tag == snapshot.collection }) else {
      throw CursorError.foreign(.view)
    }
    // The checksum is no seal: who knows how it is made can write what no snapshot ever said.
    guard collection.isPlace(snapshot.after) else { throw CursorError.invalid }
  }
}
