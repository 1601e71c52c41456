/// Calls that wait for a place on a connection, first come first served.
struct CallQueue {
  private var calls: [OutgoingCall] = []
  private var front = 0

  var count: Int { calls.count - front }

  mutating func append(_ call: OutgoingCall) { calls.append(call) }

  mutating func popFirst() -> OutgoingCall? {
    guard front < calls.count else { return nil }
    let call = calls[front]
    front += 1
    if front == calls.count { removeAll() }
    return call
  }

  /// Forgets those that are over.
  mutating func prune() {
    calls.removeFirst(front)
    front = 0
    calls.removeAll(where: \.isOver)
  }

  @discardableResult
  mutating func removeAll() -> [OutgoingCall] {
    defer { (calls, front) = ([], 0) }
    return Array(calls[front...])
  }
}
