/// Watches the calls of a server from the transport's place: it sees also those that reach no
/// interceptor, and of each call the end that its caller sees.
package protocol ServerObserver: Sendable {
  /// Asked once for every method, and at each call for methods of a router's fallback. Nil is for
  /// calls that are refused before their method is known.
  func observer(of method: ServerMethod?) -> any MethodObserver
}

/// Is told, on the loop of the call, that one begins: it must be quick.
package protocol MethodObserver: Sendable {
  /// `now` is when the call's headers came.
  func began(
    _ metadata: Metadata, _ peer: Peer, at now: ContinuousClock.Instant
  ) -> any CallObserver
}

/// Follows one call, and names it for the logs of both sides. Told of what happens on the call's
/// loop; asked for names from anywhere.
package protocol CallObserver: AnyObject, Sendable {
  var requestID: String { get }
  /// The span of the served call: the parent of calls made meanwhile.
  var trace: TraceParent { get }

  /// The handler has taken a message.
  func received()
  /// A message goes out.
  func sent()
  /// What the caller hears, once; nil is OK. `cause` is the error that the handler threw, if it was
  /// another.
  func ended(_ status: RPCError?, cause: (any Error)?)
}
