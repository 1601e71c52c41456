internal import Glibc

/// A thread of the store's own, where work may block: Swift's shared threads are as few as the
/// cores, and a disk that hangs would stop every handler.
@safe struct OwnThread: Sendable {
  private let handle: pthread_t

  init(_ body: @escaping @Sendable () -> Void) throws(StorageError) {
    let start = unsafe Unmanaged.passRetained(Start(body))
    var handle = pthread_t()
    let code = unsafe pthread_create(
      &handle, nil,
      { start in
        unsafe Unmanaged<Start>.fromOpaque(start!).takeRetainedValue().body()
        return nil
      }, start.toOpaque())
    guard code == 0 else {
      unsafe start.release()
      throw .failed("no thread could be started: error \(code)")
    }
    self.handle = handle
  }

  /// Waits for its end. Once, and it or `letGo`.
  func join() { pthread_join(handle, nil) }

  /// Lets it end by itself.
  func letGo() { pthread_detach(handle) }

  private final class Start {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
