internal import Auth
internal import HTTP2
internal import Messages
internal import Observability
internal import Protobuf
internal import RPC
internal import RPCServer
internal import Sockets
internal import StandardServices
internal import Synchronization

/// A host whose server listens.
struct RunningService {
  private let host: ServiceHost
  private let server: Server
  private let telemetry: CallTelemetry
  private let watch: Task<Void, Never>
  private let servers: Servers

  init(
    _ host: ServiceHost, _ credentials: Credentials, _ files: [ProtoFile], _ serving: Serving
  ) async throws {
    self.host = host
    var router = serving.router
    let own = router.services.map(\.name).filter { !$0.hasPrefix("grpc.") }
    let readiness = Readiness(host.checks, host.health, own, host.log)
    if !serving.bringsHealth { router.add(HealthService(host.health)) }
    let servers = Servers()
    self.servers = servers
    router.add(
      ChannelzService(host.views(of: servers)) { [knowsTokens = credentials.knowsTokens] in
        guard knowsTokens else { throw RPCError.nobodyIsOperator }
        try $0.caller(holding: .operator)
      })
    if !serving.bringsReflection { Self.addReflection(of: files, to: &router) }

    telemetry = CallTelemetry(
      router, host.metrics, host.log, slowCall: host.settings[StandardSettings.slowCall])
    var configuration = try ServerConfiguration(host.settings)
    configuration.tls = credentials.tls
    configuration.observer = telemetry
    configuration.connectionObserver = ConnectionTelemetry(host.metrics, host.log)
    configuration.interceptors = [RequestID()]
    if serving.authenticates {
      configuration.interceptors.append(Authentication { credentials.tokenVerifier })
    }
    configuration.interceptors += serving.interceptors
    configuration.pages = readiness.pages.merging(serving.pages) { $1 }
    configuration.pages["/metrics"] = { [metrics = host.metrics] _ in
      PageAnswer(contentType: MetricsRegistry.contentType, body: metrics.text())
    }
    server = try await Server(
      router, on: host.settings[StandardSettings.listen], configuration: configuration,
      loops: host.loops)
    servers.known.withLock { [server] in $0 = server }
    Self.measure(server, telemetry, host.metrics)
    await readiness.refresh()
    watch = Task { await readiness.watch() }
  }

  var addresses: [ListenAddress] { server.addresses }
  var openCalls: Int { telemetry.openCalls }

  /// Says NOT_SERVING and GOAWAY, lets open calls finish, ends what else runs.
  func stop() async {
    watch.cancel()
    host.health.stop()
    await server.shutDown(grace: host.settings[StandardSettings.drainTimeout])
    await host.end()
    try? await host.loops.shutDown()
  }

  private static func addReflection(of files: [ProtoFile], to router: inout Router) {
    let index = ReflectionIndex(
      services: router.services.map(\.name)
        + [ReflectionService.service.name, ReflectionAlphaService.service.name],
      files: files)
    router.add(ReflectionService(index))
    router.add(ReflectionAlphaService(index))
  }

  private static func measure(
    _ server: Server, _ telemetry: CallTelemetry, _ metrics: MetricsRegistry
  ) {
    metrics.read(.gauge, "cabildo_server_open_connections", "Connections that are open.") {
      [weak server] in server.map { Double($0.connectionCount) }
    }
    metrics.read(.gauge, "cabildo_server_open_streams", "Calls that have not ended.") {
      Double(telemetry.openCalls)
    }
  }
}

/// The server, for what it serves itself: it is there only after that.
private final class Servers: Sendable {
  let known = Mutex<Server?>(nil)
}

extension ServiceHost {
  /// What its operators can look at.
  fileprivate func views(of servers: Servers) -> ConnectionViews {
    var views = ConnectionViews()
    views.servers = { [weak servers] in
      guard let server = servers?.known.withLock({ $0 }) else { return [] }
      return [await server.snapshot()]
    }
    views.sockets = { [weak servers] _, first, limit in
      guard let server = servers?.known.withLock({ $0 }) else { return ([], true) }
      let page = await server.connections(from: first, atMost: limit)
      return (page.reports.map(\.socket), page.isEnd)
    }
    views.channels = { [weak self] in await self?.channels() ?? [] }
    return views
  }
}

extension ServerConfiguration {
  /// As the limits of the settings say. Throws when two of them do not go together.
  init(_ settings: Settings) throws(SettingsError) {
    self.init()
    for limit in LimitSettings.all { limit.apply(settings, &self) }
    guard http2.outboundLowWater <= http2.outboundHighWater else {
      throw SettingsError("output-low-water is more than output-high-water")
    }
  }
}
