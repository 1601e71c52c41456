/// First in, first out, at a constant cost on average. What is taken out is let go at once, however
/// long others stay.
package struct FIFO<Element> {
  /// Empty before `front`.
  private var slots: [Element?] = []
  private var front = 0

  /// Empty slots that are worth the move of those behind them.
  private static var compactionMinimum: Int { 32 }

  package init() {}

  package var count: Int { slots.count - front }
  package var isEmpty: Bool { front == slots.count }

  package mutating func append(_ element: Element) { slots.append(element) }

  package mutating func append(contentsOf elements: some Sequence<Element>) {
    for element in elements { slots.append(element) }
  }

  package mutating func popFirst() -> Element? {
    guard front < slots.count else { return nil }
    let element = slots[front].take()
    front += 1
    if isEmpty {
      slots.removeAll(keepingCapacity: true)
      front = 0
    } else if front >= Self.compactionMinimum, front >= slots.count / 2 {
      slots.removeFirst(front)
      front = 0
    }
    return element
  }

  package mutating func removeAll(where isUnwanted: (Element) -> Bool) {
    slots.removeFirst(front)
    front = 0
    slots.removeAll { $0.map(isUnwanted) ?? true }
  }

  /// Empties it; what it held, in order.
  package mutating func takeAll() -> [Element] {
    defer { self = FIFO() }
    return slots[front...].compactMap(\.self)
  }
}

extension FIFO: Sendable where Element: Sendable {}
