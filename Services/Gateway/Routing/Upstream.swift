import RPC
import RPCClient

/// A service behind the gateway, and the way to it.
struct Upstream: Sendable {
  /// As operators, pages and errors name it: `membership`.
  let name: String
  /// How the names of its proto packages begin, dot included: `cabildo.membership.`.
  let prefix: String
  /// Where it is, as it is called in errors of the transport; nil where it is not set up.
  let target: String?
  private let invokers: [any CallInvoker]

  /// Whose the calls are, and what share of the places on the way they may take: whoever fills
  /// theirs, probes still get through, and calls that are soon over before those that last.
  enum Share: Int, CaseIterable {
    /// Calls that last, or may.
    case lasting
    /// Calls of methods that have shown to be soon over.
    case brief
    /// The gateway's own: probes, reflection.
    case own

    fileprivate var size: Double {
      switch self {
      case .lasting: 0.75
      case .brief: 0.95
      case .own: 1
      }
    }
  }

  init(name: String, prefix: String, target: String, pool: ChannelPool) {
    self.name = name
    self.prefix = prefix
    self.target = target
    invokers = Share.allCases.map { pool.share($0.size) }
  }

  init(name: String, prefix: String, target: String, invoker: any CallInvoker) {
    self.name = name
    self.prefix = prefix
    self.target = target
    invokers = Share.allCases.map { _ in invoker }
  }

  /// A service that this gateway knows of and is not told where to find.
  init(notSetUp name: String, prefix: String) {
    self.name = name
    self.prefix = prefix
    target = nil
    invokers = []
  }

  var isSetUp: Bool { !invokers.isEmpty }

  /// What calls to it are made on.
  func connection(_ share: Share = .own) throws(RPCError) -> any CallInvoker {
    guard isSetUp else {
      throw RPCError(.unavailable, "the service \(name) is not set up behind this gateway")
        .reason("UPSTREAM_NOT_SET_UP", ["service": name])
    }
    return invokers[share.rawValue]
  }
}
