package import Vocabulary

/// A page of what was read, which was one more than asked for if there is more.
package struct PagedItems<Item> {
  package let items: [Item]
  /// Whether there are more behind them.
  package let hasMore: Bool

  /// What a page may take: it has to fit into one message, in bytes and in elements.
  package static var maxBytes: Int { 1 << 20 }

  /// The first of `read`, at most `size` and no more once they take `maxBytes`.
  package init(_ read: [Item], size: Int, bytes: (Item) -> Int) {
    var total = 0
    let taken = read.prefix(size).prefix { item in
      defer { total += bytes(item) }
      return total < Self.maxBytes
    }
    items = Array(taken)
    hasMore = taken.count < read.count
  }

  /// The token of the next page; empty on the last.
  package func nextToken(for query: String, _ key: (Item) -> [PageToken.Value]) -> String {
    guard hasMore, let last = items.last else { return "" }
    return PageToken(key(last)).text(for: query)
  }
}
