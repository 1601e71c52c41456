import RPC
import Synchronization

/// Finds the relay for a method by its path: the fallback of the gateway's router.
///
/// What was found is kept at hand, so that a call of a method seen before costs one look.
final class MethodTable: Sendable {
  private let routes: Routes
  private let ownServices: Set<String>
  private let relays: [String: Relay]
  private let known = Mutex<[String: ServerMethod]>([:])

  /// Methods kept at hand: callers who make up names must not fill the memory.
  private static let knownMaximum = 4096

  /// `ownServices` are those that the gateway serves itself.
  init(_ routes: Routes, own ownServices: [String], deadlineMargin: Duration) {
    self.routes = routes
    self.ownServices = Set(ownServices)
    relays = Dictionary(
      routes.upstreams.map { ($0.prefix, Relay($0, deadlineMargin: deadlineMargin)) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Nil for what is none of the services behind the gateway but one of its own.
  func method(at path: String) throws(RPCError) -> ServerMethod? {
    if let method = known.withLock({ $0[path] }) { return method }
    guard let name = MethodName(path: path) else { return nil }
    let service = name.service
    guard !ownServices.contains(service) else { return nil }
    guard let relay = routes.upstream(of: service).flatMap({ relays[$0.prefix] }) else {
      throw routes.refusal(of: service)
    }
    // Of which kind it is, only the service knows; this one holds for all.
    let habit = MethodHabit()
    let method = ServerMethod(name, .bidirectional) { try await relay.serve($0, habit) }
    known.withLock { if $0.count < Self.knownMaximum { $0[path] = method } }
    return method
  }
}
