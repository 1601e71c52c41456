internal import Foundation
internal import Synchronization

/// The signals of the process, heard by one thread in order.
///
/// A handler of a signal may do next to nothing: it writes the number into a pipe that the thread
/// reads. Until somebody listens, SIGTERM and SIGINT end the process as they always do.
final class ProcessSignals: Sendable {
  enum Signal: Sendable { case terminate, reload }

  private let listener = Mutex<(@Sendable (Signal) -> Void)?>(nil)
  private let reader: CInt

  private static let writer = Atomic<CInt>(-1)
  private static let heard = [SIGTERM, SIGINT, SIGHUP]

  init() {
    var ends: [CInt] = [-1, -1]
    unsafe pipe(&ends)
    reader = ends[0]
    Self.writer.store(ends[1], ordering: .sequentiallyConsistent)
    signal(SIGPIPE, SIG_IGN)
    for number in Self.heard {
      signal(number) { number in
        var byte = UInt8(truncatingIfNeeded: number)
        _ = unsafe write(ProcessSignals.writer.load(ordering: .relaxed), &byte, 1)
      }
    }
    let thread = Thread { self.run() }
    thread.name = "signals"
    thread.start()
  }

  func listen(_ body: @escaping @Sendable (Signal) -> Void) { listener.withLock { $0 = body } }

  private func run() {
    Self.unblock()
    var isEnding = false
    while true {
      var byte: UInt8 = 0
      guard unsafe read(reader, &byte, 1) == 1 else { continue }
      let listener = listener.withLock { $0 }
      if CInt(byte) == SIGHUP {
        listener?(.reload)
      } else if !isEnding, let listener {
        isEnding = true
        listener(.terminate)
      } else {
        // As the signal alone would have: who waits for the process sees which one it was.
        signal(CInt(byte), SIG_DFL)
        raise(CInt(byte))
      }
    }
  }

  /// A process inherits the signals that its starter held back.
  private static func unblock() {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for number in heard { unsafe sigaddset(&set, number) }
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }
}
