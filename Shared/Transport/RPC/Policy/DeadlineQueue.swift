/// Which of many things is due first: a binary heap, since most are over before they are due and
/// must cost little. What ended early stays until `discard` finds it.
package struct DeadlineQueue<Element> {
  private var heap: [(due: ContinuousClock.Instant, element: Element)] = []

  package init() {}

  package var count: Int { heap.count }
  package var next: ContinuousClock.Instant? { heap.first?.due }

  package mutating func insert(_ element: Element, due: ContinuousClock.Instant) {
    heap.append((due, element))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].due < heap[parent].due else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes out the first that is due at `now`.
  package mutating func popDue(at now: ContinuousClock.Instant) -> Element? {
    guard let first = heap.first, first.due <= now else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      siftDown(0)
    }
    return first.element
  }

  /// Takes out all that `isOver`.
  package mutating func discard(where isOver: (Element) -> Bool) {
    heap.removeAll { isOver($0.element) }
    for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
  }

  private mutating func siftDown(_ start: Int) {
    var parent = start
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { return }
      if child + 1 < heap.count, heap[child + 1].due < heap[child].due { child += 1 }
      guard heap[child].due < heap[parent].due else { return }
      heap.swapAt(child, parent)
      parent = child
    }
  }
}
