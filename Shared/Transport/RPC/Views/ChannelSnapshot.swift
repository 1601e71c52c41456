/// A client's channel as an operator sees it (channelz's Channel): where it wants to go, how it
/// stands, what it did.
package struct ChannelSnapshot: Hashable, Sendable {
  package let number: EntityNumber
  package let target: String
  package let state: Connectivity
  package let calls: CallCounts
  package let trace: EventTrace
  /// In the resolver's order.
  package let subchannels: [SubchannelSnapshot]

  package init(
    number: EntityNumber, target: String, state: Connectivity, calls: CallCounts,
    trace: EventTrace, subchannels: [SubchannelSnapshot]
  ) {
    self.number = number
    self.target = target
    self.state = state
    self.calls = calls
    self.trace = trace
    self.subchannels = subchannels
  }
}

/// A channel's way to one endpoint, and its connections.
package struct SubchannelSnapshot: Hashable, Sendable {
  package let number: EntityNumber
  package let endpoint: Endpoint
  package let state: Connectivity
  /// Attempts at calls, over all connections it had.
  package let calls: CallCounts
  package let trace: EventTrace
  /// The one that takes calls first, then those that are being left.
  package let sockets: [SocketSnapshot]

  package init(
    number: EntityNumber, endpoint: Endpoint, state: Connectivity, calls: CallCounts,
    trace: EventTrace, sockets: [SocketSnapshot]
  ) {
    self.number = number
    self.endpoint = endpoint
    self.state = state
    self.calls = calls
    self.trace = trace
    self.sockets = sockets
  }
}
