/// Encodes a message from its last byte to its first, so that a length is known when it is due.
///
/// Whoever writes a message therefore writes its fields in falling order. The memory stays with
/// the thread between messages.
@safe package struct MessageWriter: ~Copyable {
  private static let initialCapacity = 4 << 10

  private var block: MemoryBlock
  /// Where the bytes written so far begin in the block.
  private var position: Int

  package init() {
    block = ThreadMemory.writer.take(atLeast: Self.initialCapacity)
    position = block.capacity
  }

  deinit {
    ThreadMemory.writer.giveBack(block)
  }

  /// Bytes written so far.
  package var count: Int { block.capacity - position }

  /// What was written, behind `prefix` zero bytes.
  package consuming func bytes(reserving prefix: Int = 0) -> [UInt8] {
    let count = count
    let written = unsafe UnsafeRawBufferPointer(start: block.bytes + position, count: count)
    return unsafe [UInt8](unsafeUninitializedCapacity: prefix + count) { buffer, initialized in
      let place = UnsafeMutableRawBufferPointer(buffer)
      for index in 0..<prefix { unsafe place[index] = 0 }
      unsafe UnsafeMutableRawBufferPointer(rebasing: place[prefix...]).copyMemory(from: written)
      initialized = prefix + count
    }
  }

  @unsafe package mutating func write(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    makeRoom(bytes.count)
    position -= bytes.count
    unsafe (block.bytes + position).copyMemory(from: source, byteCount: bytes.count)
  }

  package mutating func write(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe write($0) }
  }

  package mutating func write(_ text: String) {
    var text = text
    text.withUTF8 { unsafe write(UnsafeRawBufferPointer($0)) }
  }

  package mutating func write(_ fields: UnknownFields) {
    if !fields.isEmpty { write(fields.bytes) }
  }

  package mutating func varint(_ value: UInt64) {
    let length = value < 0x80 ? 1 : (70 - value.leadingZeroBitCount) / 7
    makeRoom(length)
    position -= length
    let place = unsafe block.bytes + position
    var value = value
    for index in 0..<(length - 1) {
      unsafe place.storeBytes(
        of: UInt8(truncatingIfNeeded: value) | 0x80, toByteOffset: index, as: UInt8.self)
      value >>= 7
    }
    unsafe place.storeBytes(
      of: UInt8(truncatingIfNeeded: value), toByteOffset: length - 1, as: UInt8.self)
  }

  package mutating func fixed<Number: FixedWidthInteger & BitwiseCopyable>(_ value: Number) {
    let length = MemoryLayout<Number>.size
    makeRoom(length)
    position -= length
    unsafe (block.bytes + position).storeBytes(of: value.littleEndian, as: Number.self)
  }

  package mutating func tag(_ number: UInt32, _ type: WireType) {
    varint(UInt64(number) << 3 | UInt64(type.rawValue))
  }

  private mutating func makeRoom(_ needed: Int) {
    guard position < needed else { return }
    let count = count
    let larger = MemoryBlock(max(block.capacity * 2, count + needed))
    let start = larger.capacity - count
    unsafe (larger.bytes + start).copyMemory(from: block.bytes + position, byteCount: count)
    ThreadMemory.writer.giveBack(block)
    block = larger
    position = start
  }
}
