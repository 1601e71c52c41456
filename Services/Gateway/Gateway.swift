import RPC
import StandardServices

/// The door to all services: what it serves itself, and a relay for everything behind it.
///
///     Routing/     which service a call is for, by its proto package
///     Relay/       how a call and its answer pass, undecoded
///     Health/      how the whole is, and each service
///     Reflection/  what the whole has, asked from those who have it
///     Settings/    what operators set
///
/// Start at `Relay`.
struct Gateway: Sendable {
  let routes: Routes
  let router: Router

  /// `health` holds the status of the whole under the empty name.
  init(_ upstreams: [Upstream], health: HealthRegister, deadlineMargin: Duration) {
    routes = Routes(upstreams)
    let whole = WholeReflection(routes)
    var router = Router([
      GatewayHealth(routes, health), GatewayReflection(whole: whole),
      GatewayAlphaReflection(whole: whole),
    ])
    let methods = MethodTable(
      routes, own: WholeReflection.ownServices, deadlineMargin: deadlineMargin)
    router.fallback = { path throws(RPCError) in try methods.method(at: path) }
    self.router = router
  }
}
