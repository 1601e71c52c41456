import CProtobuf

/// Where protobuf-c puts one decoded message; all of it is let go at once.
///
/// The first chunk stays with the thread. Past `memory` bytes an allocation fails, and with it
/// the unpacking.
@safe struct Arena: ~Copyable {
  private static let firstChunkBytes = 64 << 10
  private static let alignment = 16

  /// The chunk being filled; protobuf-c's callback reaches it through `allocator_data`.
  @unsafe private struct State {
    var next: UnsafeMutableRawPointer
    var end: UnsafeMutableRawPointer
    var chunks: [MemoryBlock]
    var remaining: Int
    var isExhausted = false
  }

  private let state: UnsafeMutablePointer<State>

  init(memory: Int) {
    let first = ThreadMemory.arena.take(atLeast: Self.firstChunkBytes)
    unsafe state = .allocate(capacity: 1)
    unsafe state.initialize(
      to: State(
        next: first.bytes, end: first.bytes + first.capacity, chunks: [first], remaining: memory))
  }

  deinit {
    let chunks = unsafe state.pointee.chunks
    ThreadMemory.arena.giveBack(chunks[0])
    for chunk in chunks.dropFirst() { chunk.deallocate() }
    unsafe state.deinitialize(count: 1)
    unsafe state.deallocate()
  }

  /// An allocation was refused for want of `memory`.
  var isExhausted: Bool { unsafe state.pointee.isExhausted }

  /// Unpacks bytes that a `WireScanner` has passed. Nil when protobuf-c refuses them.
  ///
  /// What is returned lives as long as the arena.
  borrowing func unpack(_ bytes: Span<UInt8>, as layout: MessageLayout) -> ParsedMessage? {
    var allocator = unsafe ProtobufCAllocator(
      alloc: { state, size in
        unsafe Arena.allocate(size, from: state!.assumingMemoryBound(to: State.self))
      },
      free: { _, _ in },
      allocator_data: state)
    let message = unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe protobuf_c_message_unpack(
        layout.descriptor, &allocator, bytes.count, bytes.baseAddress)
    }
    guard let message = unsafe message else { return nil }
    return unsafe ParsedMessage(message)
  }

  private static func allocate(_ size: Int, from state: UnsafeMutablePointer<State>)
    -> UnsafeMutableRawPointer?
  {
    let size = (size + alignment - 1) & ~(alignment - 1)
    guard unsafe size <= state.pointee.remaining else {
      unsafe state.pointee.isExhausted = true
      return nil
    }
    unsafe state.pointee.remaining -= size
    if unsafe state.pointee.next + size > state.pointee.end {
      let chunk = MemoryBlock(unsafe max(size, state.pointee.chunks.last!.capacity * 2))
      unsafe state.pointee.chunks.append(chunk)
      unsafe state.pointee.next = chunk.bytes
      unsafe state.pointee.end = chunk.bytes + chunk.capacity
    }
    let place = unsafe state.pointee.next
    unsafe state.pointee.next = place + size
    return unsafe place
  }
}
