internal import HTTP2
internal import Messages
internal import Protobuf
internal import RPC
internal import RPCServer
internal import Sockets
internal import StandardServices

/// A host whose server listens.
struct RunningService {
  private let host: ServiceHost
  private let server: Server
  private let watch: Task<Void, Never>

  init(_ host: ServiceHost, _ files: [ProtoFile], _ serving: Serving) async throws {
    self.host = host
    var router = serving.router
    let own = router.services.map(\.name)
    let readiness = Readiness(host.checks, host.health, own, host.log)
    if !serving.bringsHealth { router.add(HealthService(host.health)) }
    if !serving.bringsReflection { Self.addReflection(of: files, to: &router) }
    var configuration = try ServerConfiguration(host.settings)
    configuration.interceptors = [RequestID()] + serving.interceptors
    configuration.pages = readiness.pages.merging(serving.pages) { $1 }
    server = try await Server(
      router, on: host.settings[StandardSettings.listen], configuration: configuration,
      loops: host.loops)
    await readiness.refresh()
    watch = Task { await readiness.watch() }
  }

  var addresses: [ListenAddress] { server.addresses }

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
}

extension ServerConfiguration {
  init(_ settings: Settings) throws {
    self.init()
    http2.maxConcurrentStreams = settings[StandardSettings.maxStreams]
    http2.maxHeaderListBytes = settings[StandardSettings.maxHeaderList]
    maxReceiveMessageBytes = settings[StandardSettings.maxReceiveMessage]
    maxSendMessageBytes = settings[StandardSettings.maxSendMessage]
    defaultDeadline = settings[StandardSettings.defaultDeadline]
    maxDeadline = settings[StandardSettings.maxDeadline]
    maxConnections = settings[StandardSettings.maxConnections]
    let age = settings[StandardSettings.maxConnectionAge]
    if age > .zero { lifetime.maxAge = age }
  }
}
