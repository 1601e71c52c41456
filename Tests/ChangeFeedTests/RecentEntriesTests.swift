import Testing

@testable import ChangeFeed

/// What is kept of the log in memory.
@Suite struct RecentEntriesTests {
  private static func entry(_ sequence: Int64) -> FeedEntry {
    FeedEntry(
      sequence: sequence, recordedTime: .origin,
      change: ResourceChange(deleted: "words/a", type: "t", etag: "", accessBefore: nil))
  }

  @Test(
    "There is a page where the next entry is kept, and else none, so that the store is asked",
    arguments: [
      // Nothing is kept before 4 or behind 6.
      (2, nil), (3, [4, 5]), (4, [5, 6]), (5, [6]), (6, nil), (7, nil),
    ] as [(Int64, [Int64]?)])
  func page(after sequence: Int64, expected: [Int64]?) {
    var recent = RecentEntries(PageLimit(count: 3, bytes: 1 << 20))
    #expect(recent.entries(after: 0, PageLimit(count: 2, bytes: 1 << 20)) == nil)
    recent.append((1...6).map(Self.entry))
    let page = recent.entries(after: sequence, PageLimit(count: 2, bytes: 1 << 20))
    #expect(page?.map(\.sequence) == expected)
  }
}
