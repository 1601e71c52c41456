import Dispatch
import Foundation
import Synchronization

/// Ends the work when the user presses Ctrl-C or the system says SIGTERM; a second time at once.
final class Interruption {
  static let signals: [Int32] = [SIGINT, SIGTERM]

  private let sources: [any DispatchSourceSignal]
  private let arrived: Arrived

  /// The signal that came first.
  private final class Arrived: Sendable {
    private let first = Mutex<Int32?>(nil)

    /// Whether this is the first.
    func note(_ signal: Int32) -> Bool {
      first.withLock { first in
        guard first == nil else { return false }
        first = signal
        return true
      }
    }

    var signal: Int32? { first.withLock { $0 } }
  }

  init(_ cancel: @escaping @Sendable () -> Void) {
    let arrived = Arrived()
    self.arrived = arrived
    sources = Self.signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        guard arrived.note(number), !Terminal.isAsking else { exit(128 + number) }
        cancel()
      }
      source.activate()
      return source
    }
  }

  /// The exit code of a program that ended by a signal.
  var exitCode: Int32? { arrived.signal.map { 128 + $0 } }
}
