package import Sockets

/// The settings that every service has.
package enum StandardSettings {
  package static let listen = Setting<[ListenAddress]>.addresses(
    "listen", default: nil, help: "Where to listen: HOST:PORT, [V6]:PORT or unix:PATH.")
  package static let dataDirectory = Setting<String>.text(
    "data-dir", "FOLDER", default: "data",
    help: "The folder of the store.")
  package static let drainTimeout = Setting<Duration>.duration(
    "drain-timeout", default: "30s", in: .zero...(.seconds(3600)),
    help: "How long open calls may take to finish after SIGTERM.")
  package static let logLevel = Setting<String>.choice(
    "log-level", of: ["debug", "info", "notice", "warning", "error"], default: "info",
    help: "The least level that is logged. In the file of settings it is read again on SIGHUP.")
  package static let slowCall = Setting<Duration>.duration(
    "slow-call", default: "1s", in: .milliseconds(1)...(.seconds(3600)),
    help: "A unary call that takes longer is logged as a warning.")
  package static let tokenKeys = Setting<String?>.file(
    "token-keys-file",
    help: "The public keys that sign tokens (JWK set or PEM). Without it a service accepts no "
      + "token, the gateway passes them on unread, and neither knows an operator. Read again on "
      + "SIGHUP.")

  package static let tlsCertificate = Setting<String?>.file(
    "tls-certificate-file", help: "The certificate chain (PEM). Read again on SIGHUP.")
  package static let tlsKey = Setting<String?>.file(
    "tls-key-file", help: "The private key of the certificate (PEM). Read again on SIGHUP.")
  package static let tlsClientAuthorities = Setting<String?>.file(
    "tls-client-ca-file",
    help: "Authorities (PEM): every caller must show a certificate that one of them signed.")

  package static let loops = Setting<Int>.integer(
    "loops", default: 2, in: 1...256, help: "Threads that serve connections.")
  package static let healthcheckAuthority = Setting<String?>.file(
    "healthcheck-ca-file", help: "For `healthcheck` with TLS: the authority to trust (PEM).")
  package static let healthcheckName = Setting<String>.text(
    "healthcheck-name", "NAME", default: "localhost",
    help: "For `healthcheck` with TLS: the name in the certificate.")

  package static let migratesAtStart = Setting<Bool>.toggle(
    "migrate-at-start", default: true,
    help: "Brings the store to this program's version; otherwise an older one is refused.")

  /// Those of a program that has a store.
  static let ofStore = [dataDirectory.declaration, migratesAtStart.declaration]

  /// All others, as a program declares them that listens at `address` unless told otherwise.
  static func declarations(listen address: String) -> [SettingDeclaration] {
    [
      listen.declaration.with(default: address), drainTimeout.declaration, logLevel.declaration,
      slowCall.declaration, tokenKeys.declaration, tlsCertificate.declaration,
      tlsKey.declaration, tlsClientAuthorities.declaration, loops.declaration,
      healthcheckAuthority.declaration, healthcheckName.declaration,
    ] + LimitSettings.all.map(\.declaration)
  }
}
