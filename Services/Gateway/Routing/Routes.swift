import RPC

/// Which service a name belongs to, by the proto package it is in.
struct Routes: Sendable {
  /// In the order in which they were given.
  let upstreams: [Upstream]
  private let longestFirst: [Upstream]

  init(_ upstreams: [Upstream]) {
    self.upstreams = upstreams
    longestFirst = upstreams.sorted { $0.prefix.utf8.count > $1.prefix.utf8.count }
  }

  /// Whose the service, method or message of this full name is; the longest prefix decides.
  func upstream(of name: some StringProtocol) -> Upstream? {
    longestFirst.first { name.utf8.starts(with: $0.prefix.utf8) }
  }

  /// What a caller hears who asks for anything else.
  func refusal(of service: some StringProtocol) -> RPCError {
    let served = upstreams.filter(\.isSetUp).map { "\($0.prefix)*" }.joined(separator: ", ")
    return RPCError(
      .unimplemented,
      "no service \(service) here; what is served is "
        + (served.isEmpty ? "nothing but health, reflection and channelz" : served)
    ).reason("NO_SUCH_SERVICE", ["served": served])
  }
}
