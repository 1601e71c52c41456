/// First in, first out, at a constant cost on average. What is taken out is let go at once, however
/// long others stay.
///
/// Inlinable, because every call of a server goes through four queues in other modules, and generic
/// code that is not specialized costs hundreds of instructions there. The compiler does that only
/// for a type that is usable from inline code itself.
@usableFromInline package struct FIFO<Element> {
  /// The first, in place: most queues never hold a second, and need no memory of their own.
  @usableFromInline var first: Element?
  /// Those behind it. Empty before `front`.
  @usableFromInline var slots: [Element?] = []
  @usableFromInline var front = 0

  /// Empty slots that are worth the move of those behind them.
  @usableFromInline static var compactionMinimum: Int { 32 }

  @inlinable package init() {}

  @inlinable package var count: Int { (first == nil ? 0 : 1) + slots.count - front }
  @inlinable package var isEmpty: Bool { first == nil }

  @inlinable package mutating func append(_ element: Element) {
    if first == nil { first = element } else { slots.append(element) }
  }

  @inlinable package mutating func append(contentsOf elements: some Sequence<Element>) {
    for element in elements { append(element) }
  }

  @inlinable package mutating func popFirst() -> Element? {
    guard let element = first.take() else { return nil }
    if front < slots.count { advance() }
    return element
  }

  @inlinable mutating func advance() {
    first = slots[front].take()
    front += 1
    if front == slots.count {
      slots.removeAll(keepingCapacity: true)
      front = 0
    } else if front >= Self.compactionMinimum, front >= slots.count / 2 {
      slots.removeFirst(front)
      front = 0
    }
  }

  @inlinable package mutating func removeAll(where isUnwanted: (Element) -> Bool) {
    for element in takeAll() where !isUnwanted(element) { append(element) }
  }

  /// Empties it; what it held, in order.
  @inlinable package mutating func takeAll() -> [Element] {
    defer { self = FIFO() }
    return (first.map { [$0] } ?? []) + slots[front...].compactMap(\.self)
  }
}

extension FIFO: Sendable where Element: Sendable {}
