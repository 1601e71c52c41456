/// Reads header blocks of one direction of a connection (RFC 7541), dynamic table and all.
package struct HeaderDecoder {
  package enum Failure: Error, Equatable {
    case truncated, badInteger, badHuffmanCode
    case noSuchIndex(Int)
    /// A table size update above the limit, or after the first field.
    case badTableSize
  }

  /// Newest first.
  private var dynamicTable: [HeaderField] = []
  private var tableSize: Int
  private let tableSizeLimit: Int

  /// `tableSizeLimit` is the SETTINGS_HEADER_TABLE_SIZE that the sender was told.
  package init(tableSizeLimit: Int = 4096) {
    self.tableSizeLimit = tableSizeLimit
    tableSize = tableSizeLimit
  }

  package mutating func decode(_ block: [UInt8]) throws(Failure) -> [HeaderField] {
    var rest = block[...]
    var fields: [HeaderField] = []
    while let first = rest.first {
      if first & 0xe0 == 0x20 {
        guard fields.isEmpty else { throw .badTableSize }
        try resize(to: Self.integer(&rest, prefix: 5))
      } else {
        fields.append(try field(&rest, first))
      }
    }
    return fields
  }

  private mutating func field(_ rest: inout ArraySlice<UInt8>, _ first: UInt8) throws(Failure)
    -> HeaderField
  {
    if first & 0x80 != 0 {
      return try entry(at: Self.integer(&rest, prefix: 7))
    }
    let isIndexed = first & 0x40 != 0
    let nameIndex = try Self.integer(&rest, prefix: isIndexed ? 6 : 4)
    let name = nameIndex == 0 ? try Self.string(&rest) : try entry(at: nameIndex).name
    let field = HeaderField(name: name, value: try Self.string(&rest))
    if isIndexed {
      dynamicTable.insert(field, at: 0)
      evict()
    }
    return field
  }

  private func entry(at index: Int) throws(Failure) -> HeaderField {
    let dynamicIndex = index - Self.staticTable.count - 1
    if (1...Self.staticTable.count).contains(index) { return Self.staticTable[index - 1] }
    guard dynamicTable.indices.contains(dynamicIndex) else { throw .noSuchIndex(index) }
    return dynamicTable[dynamicIndex]
  }

  private mutating func resize(to size: Int) throws(Failure) {
    guard size <= tableSizeLimit else { throw .badTableSize }
    tableSize = size
    evict()
  }

  /// An entry counts its bytes and 32 (RFC 7541 4.1).
  private mutating func evict() {
    var total = 0
    let kept = dynamicTable.prefix { entry in
      total += entry.name.count + entry.value.count + 32
      return total <= tableSize
    }
    dynamicTable = Array(kept)
  }

  private static func integer(_ rest: inout ArraySlice<UInt8>, prefix: Int) throws(Failure) -> Int {
    guard let first = rest.popFirst() else { throw .truncated }
    let limit = 1 << prefix - 1
    var value = Int(first) & limit
    guard value == limit else { return value }
    for shift in stride(from: 0, to: 35, by: 7) {
      guard let byte = rest.popFirst() else { throw .truncated }
      value += Int(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw .badInteger
  }

  private static func string(_ rest: inout ArraySlice<UInt8>) throws(Failure) -> [UInt8] {
    guard let first = rest.first else { throw .truncated }
    let count = try integer(&rest, prefix: 7)
    guard rest.count >= count else { throw .truncated }
    let bytes = Array(rest.prefix(count))
    rest = rest.dropFirst(count)
    guard first & 0x80 != 0 else { return bytes }
    guard let decoded = HuffmanCode.decode(bytes) else { throw .badHuffmanCode }
    return decoded
  }
}
