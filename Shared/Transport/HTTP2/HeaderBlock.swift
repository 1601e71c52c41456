/// The fields of one header list, in order: names and values in one buffer.
///
/// A list that passed the limits keeps what came before and says so in `isTruncated`.
package struct HeaderBlock: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  private var bytes: [UInt8] = []
  /// For each field the end of its name and the end of its value.
  private var ends: [Int32] = []
  /// What RFC 9113 section 6.5.2 counts, all fields seen, also those not kept.
  package private(set) var listBytes = 0
  package private(set) var fieldsSeen = 0

  /// What a field costs beyond its bytes (RFC 9113, section 6.5.2).
  private static let fieldOverhead = 32

  package init() {}

  package init(dictionaryLiteral fields: (String, String)...) {
    for (name, value) in fields { append(name, value) }
  }

  package var count: Int { ends.count / 2 }
  package var isTruncated: Bool { fieldsSeen > count }

  package mutating func reserve(fields: Int, bytes count: Int) {
    bytes.reserveCapacity(count)
    ends.reserveCapacity(2 * fields)
  }

  package mutating func append(_ name: String, _ value: String) {
    append(name: name.utf8, value: value.utf8)
  }

  package mutating func append(name: some Collection<UInt8>, value: some Collection<UInt8>) {
    bytes.append(contentsOf: name)
    ends.append(Int32(bytes.count))
    bytes.append(contentsOf: value)
    ends.append(Int32(bytes.count))
    listBytes += Self.cost(name: name, value: value)
    fieldsSeen += 1
  }

  /// The same for what another block holds. Not generic: callers in other modules would run the
  /// generic code as it stands.
  package mutating func append(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
    unsafe name.withUnsafeBufferPointer { name in
      unsafe value.withUnsafeBufferPointer { value in
        unsafe append(name: name, value: value)
      }
    }
  }

  /// What a field adds to `listBytes`.
  package static func cost(name: some Collection<UInt8>, value: some Collection<UInt8>) -> Int {
    name.count + value.count + fieldOverhead
  }

  /// Appends a field the peer sent, unless the list would pass the limits.
  mutating func receive(
    name: some Collection<UInt8>, value: some Collection<UInt8>, within limits: HTTP2Limits
  ) {
    let cost = Self.cost(name: name, value: value)
    if !isTruncated, listBytes + cost <= limits.maxHeaderListBytes, count < limits.maxHeaderFields {
      append(name: name, value: value)
    } else {
      listBytes += cost
      fieldsSeen += 1
    }
  }

  /// The bytes of the name of field `index`.
  package func name(_ index: Int) -> ArraySlice<UInt8> { bytes[nameRange(index)] }
  /// The bytes of the value of field `index`.
  package func value(_ index: Int) -> ArraySlice<UInt8> { bytes[valueRange(index)] }

  /// How long the name of field `index` is.
  package func nameCount(_ index: Int) -> Int { nameRange(index).count }

  /// Whether the name of field `index` ends so.
  package func nameEnds(with suffix: StaticString, _ index: Int) -> Bool {
    let range = nameRange(index)
    return range.count >= suffix.utf8CodeUnitCount
      && matches(suffix, range.suffix(suffix.utf8CodeUnitCount))
  }

  /// Whether field `index` has this name, in lower case.
  package func isNamed(_ name: StaticString, _ index: Int) -> Bool {
    matches(name, nameRange(index))
  }

  /// Whether the value of field `index` is this.
  package func hasValue(_ value: StaticString, _ index: Int) -> Bool {
    matches(value, valueRange(index))
  }

  /// The value of the first field of this name.
  package func first(_ name: StaticString) -> String? {
    for index in 0..<count where isNamed(name, index) {
      return String(decoding: value(index), as: UTF8.self)
    }
    return nil
  }

  /// The place of the first field of this name, from `start` on.
  package func firstIndex(named name: String, from start: Int = 0) -> Int? {
    var name = name
    return name.withUTF8 { name in
      let span = bytes.span
      for index in start..<max(start, count) {
        let range = nameRange(index)
        guard range.count == name.count else { continue }
        var offset = 0
        while offset < range.count,
          unsafe span[range.lowerBound + offset] == name[offset]
        {
          offset += 1
        }
        if offset == range.count { return index }
      }
      return nil
    }
  }

  private func nameRange(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : Int(ends[2 * index - 1]))..<Int(ends[2 * index])
  }

  private func valueRange(_ index: Int) -> Range<Int> {
    Int(ends[2 * index])..<Int(ends[2 * index + 1])
  }

  private func matches(_ text: StaticString, _ range: Range<Int>) -> Bool {
    guard text.utf8CodeUnitCount == range.count else { return false }
    return text.withUTF8Buffer { text in
      let span = bytes.span
      for offset in 0..<range.count
      where unsafe text[offset] != span[range.lowerBound + offset] {
        return false
      }
      return true
    }
  }

  /// Lends name and value of every field, as nghttp2 wants them.
  func withBytes<Result>(
    _ body: (_ bytes: UnsafeBufferPointer<UInt8>, _ ends: [Int32]) throws -> Result
  ) rethrows -> Result {
    try unsafe bytes.withUnsafeBufferPointer { try unsafe body($0, ends) }
  }
}

extension HeaderBlock: CustomStringConvertible {
  package var description: String {
    (0..<count).map {
      "\(String(decoding: name($0), as: UTF8.self)): \(String(decoding: value($0), as: UTF8.self))"
    }.joined(separator: "\n")
  }
}
