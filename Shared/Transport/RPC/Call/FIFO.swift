/// First in, first out, at a constant cost on average. What is taken out is let go at once, however
/// long others stay.
///
/// Inlinable, because every call of a server goes through four queues in other modules, and generic
/// code that is not specialized costs hundreds of instructions there. The compiler does that only
/// for a type that is usable from inline code itself.
@usableFromInline package struct FIFO<Element> {
  /// Empty before `front`.
  @usableFromInline var slots: [Element?] = []
  @usableFromInline var front = 0

  /// Empty slots that are worth the move of those behind them.
  @usableFromInline static var compactionMinimum: Int { 32 }

  @inlinable package init() {}

  @inlinable package var count: Int { slots.count - front }
  @inlinable package var isEmpty: Bool { front == slots.count }

  @inlinable package mutating func append(_ element: Element) { slots.append(element) }

  @inlinable package mutating func append(contentsOf elements: some Sequence<Element>) {
    for element in elements { slots.append(element) }
  }

  @inlinable package mutating func popFirst() -> Element? {
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

  @inlinable package mutating func removeAll(where isUnwanted: (Element) -> Bool) {
    slots.removeFirst(front)
    front = 0
    slots.removeAll { $0.map(isUnwanted) ?? true }
  }

  /// Empties it; what it held, in order.
  @inlinable package mutating func takeAll() -> [Element] {
    defer { self = FIFO() }
    return slots[front...].compactMap(\.self)
  }
}

extension FIFO: Sendable where Element: Sendable {}
