import Foundation
import HTTP2
import RPC
import RPCServer
import Synchronization

/// A handler that takes its time, and does not mind being cancelled.
enum Stubborn {
  static func sleep(for time: Duration) -> ServerMethod {
    ServerMethod("/cabildo.attacks.Handlers/Sleep", .unary) { call in
      _ = try await call.stream.nextMessage()
      // A task of its own hears nothing of the call's end.
      await Task.detached { try? await Task.sleep(for: time) }.value
      try await call.stream.send(MessageFrame(payload: []))
    }
  }
}

/// How many connections have ended for which reason.
final class EndCounts: ConnectionObserver {
  private let counts = Mutex<[String: Int]>([:])

  func ended(_ end: ConnectionEnd, peer: String, complaint: String?) {
    counts.withLock { $0[end.name, default: 0] += 1 }
  }

  func cannotAccept(_ why: String) { counts.withLock { $0["cannot_accept", default: 0] += 1 } }

  /// `REASON COUNT`, a line each.
  var text: String {
    counts.withLock { $0 }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
  }
}
