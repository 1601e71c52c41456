/// The latest entries of the log, without a gap, up to a limit.
struct RecentEntries {
  private var entries: [FeedEntry] = []
  /// Entries before this index are let go at the next compaction.
  private var front = 0
  private var bytes = 0
  private let limit: PageLimit

  init(_ limit: PageLimit) { self.limit = limit }

  /// The sequence before the first entry that is kept; nil when none is.
  var start: Int64? { front < entries.count ? entries[front].sequence - 1 : nil }

  /// What does not follow on takes the place of everything.
  mutating func append(_ newEntries: [FeedEntry]) {
    guard let first = newEntries.first else { return }
    if let last = entries.last, last.sequence + 1 != first.sequence { removeAll() }
    for entry in newEntries {
      entries.append(entry)
      bytes += entry.byteCount
    }
    while entries.count - front > limit.count || bytes > limit.bytes, front < entries.count {
      bytes -= entries[front].byteCount
      front += 1
    }
    if front >= 64, front >= entries.count / 2 {
      entries.removeFirst(front)
      front = 0
    }
  }

  mutating func removeAll() { (entries, front, bytes) = ([], 0, 0) }

  /// Entries behind a sequence, at most so many; nil when none of them is kept.
  func entries(after sequence: Int64, _ limit: PageLimit) -> [FeedEntry]? {
    guard let start, sequence >= start else { return nil }
    var page: [FeedEntry] = []
    var bytes = 0
    for entry in entries[front...].dropFirst(Int(sequence - start)).prefix(limit.count) {
      page.append(entry)
      bytes += entry.byteCount
      if bytes >= limit.bytes { break }
    }
    return page.isEmpty ? nil : page
  }
}
