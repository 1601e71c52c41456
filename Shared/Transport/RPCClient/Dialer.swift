internal import NIOCore
internal import NIOPosix
internal import RPC

/// Opens the socket of a connection.
struct Dialer: Sendable {
  let configuration: ChannelConfiguration
  let target: Target
  /// The host under which the endpoint was found; nil for a socket file.
  let host: HostAndPort?
  let keepalive: ClientKeepalive
  let connectBy: ContinuousClock.Instant

  /// What calls say as `:authority`.
  var authority: String { configuration.authority ?? host?.description ?? target.authority }
  /// The name that the server's certificate is checked against.
  var serverName: String { host?.host ?? target.serverName }

  func dial(_ face: ConnectionFace, on group: any EventLoopGroup) {
    let bootstrap = ClientBootstrap(group: group.next())
      .connectTimeout(.until(connectBy))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try addHandlers(to: channel, face) }
      }
    do {
      try connect(bootstrap, to: face.endpoint).whenFailure { face.ended(TransportFailure($0)) }
    } catch {
      face.ended(TransportFailure(error))
    }
  }

  private func connect(_ bootstrap: ClientBootstrap, to endpoint: Endpoint) throws
    -> EventLoopFuture<any Channel>
  {
    switch endpoint {
    case .ip(let address, let port):
      bootstrap.channelOption(.socketOption(.tcp_nodelay), value: 1)
        .connect(to: try SocketAddress(ipAddress: address, port: port))
    case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
    }
  }

  private func addHandlers(to channel: any Channel, _ face: ConnectionFace) throws {
    let pipeline = channel.pipeline.syncOperations
    if let tls = configuration.tls { try pipeline.addHandler(tls.handler(for: serverName)) }
    try pipeline.addHandler(ClientConnection(face, self))
  }
}
