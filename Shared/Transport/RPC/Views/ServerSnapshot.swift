/// A server as an operator sees it (channelz's Server): where it listens and what it did.
package struct ServerSnapshot: Hashable, Sendable {
  package let number: EntityNumber
  package let listening: [SocketSnapshot]
  /// Those too of connections that are gone.
  package let calls: CallCounts

  package init(number: EntityNumber, listening: [SocketSnapshot], calls: CallCounts) {
    self.number = number
    self.listening = listening
    self.calls = calls
  }
}

/// What of this process's connections can be looked at, on both sides.
package struct ConnectionViews: Sendable {
  package typealias Page = (sockets: [SocketSnapshot], isEnd: Bool)

  /// The servers of the process.
  package var servers: @Sendable () async -> [ServerSnapshot] = { [] }
  /// The accepted sockets of a server from a number on, in order, so many at most.
  package var sockets:
    @Sendable (_ server: EntityNumber, _ first: EntityNumber, _ limit: Int) async -> Page = {
      _, _, _ in ([], true)
    }
  package var channels: @Sendable () async -> [ChannelSnapshot] = { [] }

  package init() {}
}
