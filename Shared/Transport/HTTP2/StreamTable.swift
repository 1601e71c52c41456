/// What belongs to each open stream, by its number.
///
/// Numbers of one side come in steps of two and in order, so `number / 2` modulo the capacity is a
/// collision-free hash until streams outlive others; open addressing with deletion by shifting
/// costs a few instructions a call where a dictionary costs a hundred. It does not shrink: a busy
/// connection's calls come and go by the batch, and its limit of streams is the table's. Inlinable,
/// or it would cost as much in other modules, unspecialized.
@usableFromInline package struct StreamTable<Value>: ~Copyable {
  @usableFromInline var keys: [Int32]
  @usableFromInline var values: [Value?]
  @usableFromInline package internal(set) var count = 0

  @usableFromInline static var smallestCapacity: Int { 16 }

  @inlinable package init() {
    keys = Array(repeating: 0, count: Self.smallestCapacity)
    values = Array(repeating: nil, count: Self.smallestCapacity)
  }

  @inlinable package var isEmpty: Bool { count == 0 }

  @inlinable package subscript(stream: StreamID) -> Value? {
    let slot = find(stream.rawValue)
    return keys[slot] == 0 ? nil : values[slot]
  }

  @inlinable package mutating func insert(_ value: Value, for stream: StreamID) {
    if 2 * (count + 1) > keys.count { resize(to: 2 * keys.count) }
    let slot = find(stream.rawValue)
    if keys[slot] == 0 { count += 1 }
    keys[slot] = stream.rawValue
    values[slot] = value
  }

  @discardableResult
  @inlinable package mutating func remove(_ stream: StreamID) -> Value? {
    var hole = find(stream.rawValue)
    guard keys[hole] != 0 else { return nil }
    let removed = values[hole].take()
    keys[hole] = 0
    count -= 1
    var next = (hole + 1) & mask
    while keys[next] != 0 {
      let home = Int(keys[next] >> 1) & mask
      if (next - home) & mask >= (next - hole) & mask {
        keys[hole] = keys[next]
        values[hole] = values[next].take()
        keys[next] = 0
        hole = next
      }
      next = (next + 1) & mask
    }
    return removed
  }

  package func forEach(_ body: (StreamID, Value) -> Void) {
    for (key, value) in zip(keys, values) {
      if let value { body(StreamID(key), value) }
    }
  }

  /// All values, in no order.
  @inlinable package var all: [Value] { values.compactMap { $0 } }

  @inlinable var mask: Int { keys.count - 1 }

  /// The slot of `key`, or the free slot where it would go.
  @inlinable func find(_ key: Int32) -> Int {
    var slot = Int(key >> 1) & mask
    while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & mask }
    return slot
  }

  @inlinable mutating func resize(to capacity: Int) {
    let (oldKeys, oldValues) = (keys, values)
    keys = Array(repeating: 0, count: capacity)
    values = Array(repeating: nil, count: capacity)
    for index in oldKeys.indices where oldKeys[index] != 0 {
      let slot = find(oldKeys[index])
      keys[slot] = oldKeys[index]
      values[slot] = oldValues[index]
    }
  }
}
