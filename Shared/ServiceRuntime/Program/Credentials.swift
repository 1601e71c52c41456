internal import Auth
internal import Observability
internal import Sockets
internal import Synchronization

/// The files that may change while the program runs: its certificate and the keys of tokens. What
/// is bad when it is read again changes nothing: the old stays, and log and metrics say so.
final class Credentials: Sendable {
  let tls: ServerTLS?
  private let tokenKeys: String?
  private let verifier: Mutex<TokenVerifier?>
  private let log: Log
  private let reloads: [Bool: Counter]

  init(_ settings: Settings, _ log: Log, _ metrics: MetricsRegistry) throws {
    self.log = log
    tls = try Self.tls(settings)
    tokenKeys = settings[StandardSettings.tokenKeys]
    do throws(KeyFileError) {
      verifier = Mutex(
        try tokenKeys.map { path throws(KeyFileError) in
          TokenVerifier(try VerificationKeys(file: path))
        })
    } catch {
      throw SettingsError("\(StandardSettings.tokenKeys.name): \(error)")
    }
    reloads = Dictionary(
      uniqueKeysWithValues: [true, false].map { succeeded in
        let counter = metrics.counter(
          "cabildo_reloads_total", "Files read again on SIGHUP.",
          ["outcome": succeeded ? "taken" : "refused"])
        return (succeeded, counter)
      })
    if let tls {
      metrics.read(
        .gauge, "cabildo_tls_certificate_expiry_timestamp_seconds",
        "When the certificate in use expires, since 1970."
      ) { Double(tls.expiry) }
    }
  }

  /// Whether any token can be good.
  var knowsTokens: Bool { tokenKeys != nil }

  var tokenVerifier: TokenVerifier? { verifier.withLock { $0 } }

  /// Reads the files again, and those that the program added.
  func reload(_ others: [ServiceHost.Reload]) {
    if let tls {
      attempt("certificate") {
        try tls.reload()
        return ["expires": .text("\(LogTime(seconds: Int(tls.expiry), microseconds: 0))")]
      }
    }
    if let tokenKeys {
      attempt("token keys") {
        let keys = try VerificationKeys(file: tokenKeys)
        verifier.withLock { $0 = TokenVerifier(keys) }
        return ["keys": .list(keys.ids.map { .text($0) })]
      }
    }
    for other in others {
      attempt(other.what) {
        try other.body()
        return [:]
      }
    }
  }

  private func attempt(_ what: String, _ body: () throws -> Log.Fields) {
    do {
      let fields = try body()
      log.notice("\(what) read again", fields)
      reloads[true]?.add()
    } catch {
      log.error("\(what) not read again: the old stays in use", ["error": "\(error)"])
      reloads[false]?.add()
    }
  }

  private static func tls(_ settings: Settings) throws(SettingsError) -> ServerTLS? {
    let certificate = settings[StandardSettings.tlsCertificate]
    let key = settings[StandardSettings.tlsKey]
    let authorities = settings[StandardSettings.tlsClientAuthorities]
    guard let certificate, let key else {
      guard certificate == nil, key == nil, authorities == nil else {
        throw SettingsError(
          "TLS wants --\(StandardSettings.tlsCertificate.name) and "
            + "--\(StandardSettings.tlsKey.name), both")
      }
      return nil
    }
    do {
      return try ServerTLS(
        .init(certificateChain: certificate, privateKey: key, clientAuthorities: authorities))
    } catch {
      throw SettingsError("no TLS with \(certificate) and \(key): \(error)")
    }
  }
}
