package import Messages
package import RPC

/// Serves `grpc.channelz.v1.Channelz`: the live connections of the process, for operators.
package struct ChannelzService: GrpcChannelzV1.Channelz {
  private let views: ConnectionViews
  private let admit: @Sendable (CallContext) throws -> Void

  /// What one answer holds at most, whatever is asked for.
  private static let largestPage = 100

  /// `admit` throws for callers who may not look.
  package init(_ views: ConnectionViews, admit: @escaping @Sendable (CallContext) throws -> Void) {
    self.views = views
    self.admit = admit
  }

  package func getServers(_ request: GrpcChannelzV1.GetServersRequest, _ context: CallContext)
    async throws -> GrpcChannelzV1.GetServersResponse
  {
    try admit(context)
    let (servers, isEnd) = try page(
      await views.servers(), from: request.startServerId, atMost: request.maxResults, \.number)
    return GrpcChannelzV1.GetServersResponse(server: servers.map { .init($0) }, end: isEnd)
  }

  package func getServer(_ request: GrpcChannelzV1.GetServerRequest, _ context: CallContext)
    async throws -> GrpcChannelzV1.GetServerResponse
  {
    try admit(context)
    return GrpcChannelzV1.GetServerResponse(server: .init(try await server(request.serverId)))
  }

  package func getServerSockets(
    _ request: GrpcChannelzV1.GetServerSocketsRequest, _ context: CallContext
  ) async throws -> GrpcChannelzV1.GetServerSocketsResponse {
    try admit(context)
    let limit = try Self.limit(request.maxResults)
    let server = try await server(request.serverId)
    let page = await views.sockets(
      server.number, EntityNumber(rawValue: request.startSocketId), limit)
    return GrpcChannelzV1.GetServerSocketsResponse(
      socketRef: page.sockets.map { .init($0) }, end: page.isEnd)
  }

  package func getSocket(_ request: GrpcChannelzV1.GetSocketRequest, _ context: CallContext)
    async throws -> GrpcChannelzV1.GetSocketResponse
  {
    try admit(context)
    let number = EntityNumber(rawValue: request.socketId)
    for server in await views.servers() {
      if let socket = server.listening.first(where: { $0.number == number }) {
        return GrpcChannelzV1.GetSocketResponse(socket: .init(socket, isServers: true))
      }
      let page = await views.sockets(server.number, number, 1)
      if let socket = page.sockets.first, socket.number == number {
        return GrpcChannelzV1.GetSocketResponse(socket: .init(socket, isServers: true))
      }
    }
    let sockets = await subchannels().flatMap(\.sockets)
    guard let socket = sockets.first(where: { $0.number == number }) else {
      throw Self.missing("socket", request.socketId)
    }
    return GrpcChannelzV1.GetSocketResponse(socket: .init(socket, isServers: false))
  }

  package func getTopChannels(
    _ request: GrpcChannelzV1.GetTopChannelsRequest, _ context: CallContext
  ) async throws -> GrpcChannelzV1.GetTopChannelsResponse {
    try admit(context)
    let (channels, isEnd) = try page(
      await views.channels(), from: request.startChannelId, atMost: request.maxResults, \.number)
    return GrpcChannelzV1.GetTopChannelsResponse(channel: channels.map { .init($0) }, end: isEnd)
  }

  package func getChannel(_ request: GrpcChannelzV1.GetChannelRequest, _ context: CallContext)
    async throws -> GrpcChannelzV1.GetChannelResponse
  {
    try admit(context)
    let channel = await views.channels().first { $0.number.rawValue == request.channelId }
    guard let channel else { throw Self.missing("channel", request.channelId) }
    return GrpcChannelzV1.GetChannelResponse(channel: .init(channel))
  }

  package func getSubchannel(
    _ request: GrpcChannelzV1.GetSubchannelRequest, _ context: CallContext
  ) async throws -> GrpcChannelzV1.GetSubchannelResponse {
    try admit(context)
    let subchannel = await subchannels().first { $0.number.rawValue == request.subchannelId }
    guard let subchannel else { throw Self.missing("subchannel", request.subchannelId) }
    return GrpcChannelzV1.GetSubchannelResponse(subchannel: .init(subchannel))
  }

  private func subchannels() async -> [SubchannelSnapshot] {
    await views.channels().flatMap(\.subchannels)
  }

  private func server(_ number: Int64) async throws -> ServerSnapshot {
    let server = await views.servers().first { $0.number.rawValue == number }
    guard let server else { throw Self.missing("server", number) }
    return server
  }

  private func page<View>(
    _ views: [View], from first: Int64, atMost limit: Int64, _ number: (View) -> EntityNumber
  ) throws(RPCError) -> (views: [View], isEnd: Bool) {
    let limit = try Self.limit(limit)
    let rest = views.filter { number($0).rawValue >= first }.sorted { number($0) < number($1) }
    return (Array(rest.prefix(limit)), rest.count <= limit)
  }

  private static func limit(_ wanted: Int64) throws(RPCError) -> Int {
    guard wanted >= 0 else {
      throw RPCError(.invalidArgument, "max_results is negative").reason("INVALID_PAGE_SIZE")
    }
    return wanted == 0 ? largestPage : min(Int(clamping: wanted), largestPage)
  }

  private static func missing(_ what: String, _ number: Int64) -> RPCError {
    RPCError(.notFound, "no \(what) \(number) in this process").reason("NO_SUCH_ENTITY")
  }
}
