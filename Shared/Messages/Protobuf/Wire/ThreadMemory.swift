import Glibc

/// Scratch memory kept by each thread between uses, freed when the thread ends.
///
/// `take` empties the thread's slot, so a use inside a use gets memory of its own.
@safe struct ThreadMemory: Sendable {
  /// A block larger than this is given back to the system.
  private static let retainedBytesMaximum = 256 << 10

  static let writer = ThreadMemory()
  static let arena = ThreadMemory()

  private let key: pthread_key_t

  private init() {
    var key = pthread_key_t()
    let failure = unsafe pthread_key_create(&key) { block in unsafe free(block) }
    precondition(failure == 0, "no thread-specific keys left")
    self.key = key
  }

  /// The thread's block if it has at least `capacity` bytes, else a new one.
  func take(atLeast capacity: Int) -> MemoryBlock {
    guard let kept = unsafe pthread_getspecific(key) else { return MemoryBlock(capacity) }
    pthread_setspecific(key, nil)
    let block = unsafe MemoryBlock(kept)
    guard block.capacity < capacity else { return block }
    block.deallocate()
    return MemoryBlock(capacity)
  }

  func giveBack(_ block: MemoryBlock) {
    let isKept = block.capacity <= Self.retainedBytesMaximum
    guard isKept, unsafe pthread_getspecific(key) == nil else { return block.deallocate() }
    unsafe pthread_setspecific(key, block.base)
  }
}

/// Memory from `malloc` that knows its size; owned by whoever took it.
@safe struct MemoryBlock {
  /// Room for the capacity, and what keeps the bytes after it aligned for any C type.
  private static let headerBytes = 16

  let base: UnsafeMutableRawPointer

  init(_ capacity: Int) {
    guard let base = unsafe malloc(capacity + Self.headerBytes) else {
      fatalError("out of memory for \(capacity) bytes")
    }
    unsafe self.base = base
    unsafe base.storeBytes(of: capacity, as: Int.self)
  }

  /// `base` must come from another block.
  @unsafe init(_ base: UnsafeMutableRawPointer) {
    unsafe self.base = base
  }

  var capacity: Int { unsafe base.load(as: Int.self) }

  var bytes: UnsafeMutableRawPointer { unsafe base + Self.headerBytes }

  func deallocate() { unsafe free(base) }
}
