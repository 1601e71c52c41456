import RPC
import RPCClient
import ServiceRuntime
import Sockets

/// The services behind the gateway as its settings say, each with its connections.
struct UpstreamSetup {
  let upstreams: [Upstream]
  /// Reads the files of TLS again; nil where they are not used.
  let tls: ClientTLS?
  private let pools: [ChannelPool]

  /// How long calls of the gateway's own may take to end when it stops.
  private static let farewell = Duration.seconds(1)

  /// Throws when the files of TLS cannot be used.
  init(_ settings: Settings, _ loops: LoopGroup) throws {
    var upstreams: [Upstream] = []
    var pools: [ChannelPool] = []
    let configuration = try ChannelConfiguration(settings)
    func add(_ name: String, _ prefix: String, _ target: Target?) {
      guard let target else { return upstreams.append(Upstream(notSetUp: name, prefix: prefix)) }
      let pool = ChannelPool(
        target: target, configuration: configuration, limits: ChannelPool.Limits(settings),
        eventLoopGroup: loops.dialing)
      pools.append(pool)
      upstreams.append(
        Upstream(name: name, prefix: prefix, target: target.description, pool: pool))
    }
    for service in GatewaySettings.services {
      add(service.name, "cabildo.\(service.name).", settings[service])
    }
    for route in settings[GatewaySettings.routes] { add(route.name, route.prefix, route.target) }
    self.upstreams = upstreams
    tls = configuration.tls
    self.pools = pools
  }

  /// How every channel to a service stands.
  func snapshots() async -> [ChannelSnapshot] {
    var snapshots: [ChannelSnapshot] = []
    for pool in pools { snapshots += await pool.snapshots() }
    return snapshots
  }

  func shutDown() async {
    await withTaskGroup { group in
      for pool in pools { group.addTask { await pool.shutdown(grace: Self.farewell) } }
    }
  }
}

extension ChannelConfiguration {
  /// A service that comes back is to be seen within about a second, whatever it did before.
  private static let promptBackoff = Backoff(
    initial: .milliseconds(100), maximum: .seconds(1), connectTimeoutMinimum: .seconds(5))
  /// When a service whose machine has vanished is given up; servers of ours take no pings more
  /// often than every five minutes.
  private static let watchfulness = ClientKeepalive(time: .seconds(310), timeout: .seconds(20))
  /// What a call keeps of its messages until the first answer, to send them again where the service
  /// has not seen them.
  private static let keptBytes = 64 * 1024

  fileprivate init(_ settings: Settings) throws {
    self.init()
    backoff = Self.promptBackoff
    keepalive = Self.watchfulness
    maxRetryBufferBytes = Self.keptBytes
    maxSendMessageBytes = settings[LimitSettings.maxReceiveMessage]
    maxReceiveMessageBytes = settings[LimitSettings.maxSendMessage]
    userAgent = "cabildo-gateway/1.0"
    tls = try ClientTLS(settings)
  }
}

extension ClientTLS {
  /// Nil where the settings name no authority.
  fileprivate convenience init?(_ settings: Settings) throws {
    let certificate = settings[GatewaySettings.upstreamCertificate]
    let key = settings[GatewaySettings.upstreamKey]
    guard (certificate == nil) == (key == nil) else {
      throw SettingsError("upstream-certificate-file and upstream-key-file go together")
    }
    guard let authority = settings[GatewaySettings.upstreamAuthority] else {
      guard certificate == nil else {
        throw SettingsError("upstream-certificate-file is of no use without upstream-ca-file")
      }
      return nil
    }
    var identity: Identity?
    if let certificate, let key {
      identity = Identity(certificateChain: certificate, privateKey: key)
    }
    try self.init(trust: .file(authority), identity: identity)
  }
}

extension ChannelPool.Limits {
  fileprivate init(_ settings: Settings) {
    self.init()
    callsPerChannel = settings[GatewaySettings.callsPerConnection]
    channelsPerLoop = settings[GatewaySettings.connectionsPerLoop]
  }
}
