internal import Messages
internal import RPC
internal import RPCClient
internal import Sockets

/// `healthcheck`: asks the server that these settings describe how it is, as containers want it.
struct Healthcheck {
  struct NotServing: Error, CustomStringConvertible {
    let description: String
  }

  private let settings: Settings

  private static let patience = Duration.seconds(3)

  init(_ settings: Settings) { self.settings = settings }

  /// Returns what it says when it is well, and throws otherwise.
  func ask() async throws -> String {
    let loops = LoopGroup(threads: 1)
    let address = settings[StandardSettings.listen][0]
    var configuration = ChannelConfiguration()
    configuration.tls = try tls()
    let channel = RPCChannel(
      target: try address.target, configuration: configuration, eventLoopGroup: loops.dialing)
    do {
      let answer = try await channel.unary(
        GrpcHealthV1.HealthMethods.check, GrpcHealthV1.HealthCheckRequest(),
        CallOptions(timeout: Self.patience))
      await channel.shutdown(grace: .zero)
      try await loops.shutDown()
      guard answer.status == .serving else {
        throw NotServing(description: "\(address) says \(answer.status.name ?? "something else")")
      }
      return "\(address) says SERVING"
    } catch let error as RPCError {
      throw NotServing(description: "\(address): \(error.code.name): \(error.message)")
    }
  }

  private func tls() throws -> ClientTLS? {
    guard let certificate = settings[StandardSettings.tlsCertificate],
      let key = settings[StandardSettings.tlsKey]
    else { return nil }
    let asksForCertificate = settings[StandardSettings.tlsClientAuthorities] != nil
    return try ClientTLS(
      trust: settings[StandardSettings.healthcheckAuthority].map { .file($0) } ?? .system,
      identity: asksForCertificate
        ? .init(certificateChain: certificate, privateKey: key) : nil,
      serverName: settings[StandardSettings.healthcheckName])
  }
}

extension ListenAddress {
  /// Where a client on this machine finds it.
  fileprivate var target: Target {
    get throws {
      switch self {
      case .unix(let path): try Target("unix:\(path)")
      case .tcp(let host, let port):
        try Target("static:\(ListenAddress.tcp(host: Self.reachable(host), port: port))")
      }
    }
  }

  private static func reachable(_ host: String) -> String {
    switch host {
    case "0.0.0.0": "127.0.0.1"
    case "::": "::1"
    default: host
    }
  }
}
