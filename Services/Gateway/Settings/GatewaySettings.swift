import RPC
import ServiceRuntime

/// What operators set of the gateway, beside what every service has.
enum GatewaySettings {
  static let membership = Setting<Target?>.upstream("membership", default: "localhost:50051")
  static let consultation = Setting<Target?>.upstream("consultation", default: "localhost:50052")
  static let events = Setting<Target?>.upstream("events", default: "localhost:50053")
  static let finance = Setting<Target?>.upstream("finance", default: "localhost:50054")
  static let services = [membership, consultation, events, finance]

  static let routes = Setting<[ExtraRoute]>.routes(
    "route",
    help: "Where calls of another proto package go, grpc.testing.=localhost:50055; the longest "
      + "prefix decides.")

  static let deadlineMargin = Setting<Duration>.duration(
    "deadline-margin", default: "20ms", in: .zero...(.seconds(60)),
    help: "How much less time a service is given than its caller gave, so that its answer still "
      + "arrives; a tenth of the time at most.")
  static let callsPerConnection = Setting<Int>.integer(
    "calls-per-connection", default: 80, in: 1...100_000,
    help: "Calls at once on one connection to a service, from which on another is opened; to be "
      + "kept below the service's max-concurrent-streams.")
  static let connectionsPerLoop = Setting<Int>.integer(
    "connections-per-loop", default: 32, in: 1...10_000,
    help: "Connections to one service from one of the threads that serve connections.")

  static let upstreamAuthority = Setting<String?>.file(
    "upstream-ca-file",
    help: "The authority (PEM) that the services' certificates are signed by; with it the gateway "
      + "speaks TLS to all of them.")
  static let upstreamCertificate = Setting<String?>.file(
    "upstream-certificate-file",
    help: "The certificate chain (PEM) that the gateway shows to the services.")
  static let upstreamKey = Setting<String?>.file(
    "upstream-key-file", help: "The private key (PEM) of that certificate.")

  static var declarations: [SettingDeclaration] {
    services.map(\.declaration) + [
      routes.declaration, deadlineMargin.declaration, callsPerConnection.declaration,
      connectionsPerLoop.declaration, upstreamAuthority.declaration,
      upstreamCertificate.declaration, upstreamKey.declaration,
    ]
  }
}

/// A route beside those of Cabildo's own services.
struct ExtraRoute: Sendable, Hashable {
  /// `grpc.testing.`
  let prefix: String
  let target: Target

  /// `grpc.testing`: what pages and errors call the service.
  var name: String { String(prefix.dropLast()) }
}

extension Setting where Value == Target? {
  /// The word for a service that does not stand behind this gateway.
  static var notSetUp: String { "none" }

  fileprivate static func upstream(_ name: String, default text: String) -> Setting {
    Setting(
      name, "TARGET", default: text,
      help: "Where the service \(name) is: HOST:PORT, dns:///HOST:PORT or unix:PATH; "
        + "\(notSetUp) when it does not stand behind this gateway."
    ) { text throws(SettingFault) in
      text == notSetUp ? nil : try Target(setting: text ?? "")
    }
  }
}

extension Setting where Value == [ExtraRoute] {
  fileprivate static func routes(_ name: String, help: String) -> Setting {
    Setting(name, "PREFIX.=TARGET", default: nil, isList: true, help: help) {
      text throws(SettingFault) in
      var routes: [ExtraRoute] = []
      for part in (text ?? "").split(separator: ",") {
        let pair = part.drop { $0 == " " }.split(
          separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2, pair[0].hasSuffix("."), pair[0].count > 1 else {
          throw SettingFault("is not PREFIX.=TARGET, such as grpc.testing.=localhost:50055")
        }
        let prefix = String(pair[0])
        guard !routes.contains(where: { $0.prefix == prefix }) else {
          throw SettingFault("names \(prefix) twice")
        }
        routes.append(ExtraRoute(prefix: prefix, target: try Target(setting: String(pair[1]))))
      }
      return routes
    }
  }
}

extension Target {
  fileprivate init(setting text: String) throws(SettingFault) {
    do throws(TargetError) {
      try self.init(text)
    } catch {
      throw SettingFault("is not a place such as localhost:50051 or unix:/path: \(error)")
    }
  }
}
