internal import Glibc
internal import Synchronization

/// A lock that ends with its process, so that two never open one store.
final class FileLock: Sendable {
  private let descriptor: Mutex<Int32?>

  /// Locks a file beside `path`, and writes into it who holds it.
  init(of path: String) throws(StorageError) {
    let descriptor = unsafe open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .ioFailed("\(path).lock: \(Folder.lastError)") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let owner = Self.owner(in: descriptor)
      Glibc.close(descriptor)
      throw .inUse(path: path, by: owner)
    }
    let owner = Array("process \(getpid())".utf8)
    ftruncate(descriptor, 0)
    unsafe pwrite(descriptor, owner, owner.count, 0)
    self.descriptor = Mutex(descriptor)
  }

  deinit { letGo() }

  func letGo() {
    guard let descriptor = descriptor.withLock({ $0.take() }) else { return }
    // A child that is being started may still share the descriptor.
    flock(descriptor, LOCK_UN)
    Glibc.close(descriptor)
  }

  private static func owner(in descriptor: Int32) -> String {
    var text = [UInt8](repeating: 0, count: 32)
    let count = unsafe pread(descriptor, &text, text.count, 0)
    return count > 0 ? String(decoding: text.prefix(count), as: UTF8.self) : "another process"
  }
}
