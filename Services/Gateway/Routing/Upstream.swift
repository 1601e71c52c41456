import RPC

/// A service behind the gateway, and the way to it.
struct Upstream: Sendable {
  /// As operators, pages and errors name it: `membership`.
  let name: String
  /// How the names of its proto packages begin, dot included: `cabildo.membership.`.
  let prefix: String
  /// Where it is, as it is called in errors of the transport; nil where it is not set up.
  let target: String?
  private let invoker: (any CallInvoker)?

  init(name: String, prefix: String, target: String, invoker: any CallInvoker) {
    self.name = name
    self.prefix = prefix
    self.target = target
    self.invoker = invoker
  }

  /// A service that this gateway knows of and is not told where to find.
  init(notSetUp name: String, prefix: String) {
    self.name = name
    self.prefix = prefix
    target = nil
    invoker = nil
  }

  var isSetUp: Bool { invoker != nil }

  /// What calls to it are made on.
  func connection() throws(RPCError) -> any CallInvoker {
    guard let invoker else {
      throw RPCError(.unavailable, "the service \(name) is not set up behind this gateway")
        .reason("UPSTREAM_NOT_SET_UP", ["service": name])
    }
    return invoker
  }
}
