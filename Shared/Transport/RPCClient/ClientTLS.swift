internal import Glibc
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import RPC
internal import Synchronization

/// How a client proves its server's identity, and its own: read from PEM files and replaceable while
/// channels use it. Verification is always full: chain and name.
package final class ClientTLS: Sendable {
  /// Whose signatures count.
  package enum Trust: Sendable {
    case system
    case file(String)
    /// PEM.
    case bytes([UInt8])
  }

  /// The certificate chain and key shown to a server that asks (mutual TLS).
  package struct Identity: Sendable {
    package let certificateChain: String
    package let privateKey: String

    /// Paths of PEM files.
    package init(certificateChain: String, privateKey: String) {
      self.certificateChain = certificateChain
      self.privateKey = privateKey
    }
  }

  package static let applicationProtocol = "h2"
  /// How long a closing connection waits for the server's close_notify: many never send one.
  private static let closeTimeout = TimeAmount.milliseconds(100)

  /// The name that the certificate must bear; nil takes it from the target.
  let serverName: String?
  private let trust: Trust
  private let identity: Identity?
  private let current: Mutex<NIOSSLContext>

  /// Throws when a file cannot be read, is no PEM, or key and certificate do not fit.
  package init(trust: Trust = .system, identity: Identity? = nil, serverName: String? = nil)
    throws
  {
    self.trust = trust
    self.identity = identity
    self.serverName = serverName
    current = Mutex(try Self.context(trust, identity))
  }

  /// What new connections use.
  private var context: NIOSSLContext { current.withLock { $0 } }

  /// Reads the files again. Open connections keep what they have; when the new material is bad the
  /// old stays in use and the error says why.
  package func reload() throws {
    let fresh = try Self.context(trust, identity)
    current.withLock { $0 = fresh }
  }

  private static func context(_ trust: Trust, _ identity: Identity?) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.shutdownTimeout = closeTimeout
    configuration.applicationProtocols = [applicationProtocol]
    configuration.certificateVerification = .fullVerification
    switch trust {
    case .system: configuration.trustRoots = .default
    case .file(let path): configuration.trustRoots = .file(path)
    case .bytes(let pem):
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(pem))
    }
    if let identity {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(
        identity.certificateChain
      ).map { .certificate($0) }
      configuration.privateKey = .privateKey(
        try NIOSSLPrivateKey(file: identity.privateKey, format: .pem))
    }
    return try NIOSSLContext(configuration: configuration)
  }

  /// A numeric address goes without SNI and is looked for among the certificate's addresses.
  func handler(for targetName: String) throws -> NIOSSLClientHandler {
    try NIOSSLClientHandler(context: context, serverHostname: dnsName(for: targetName))
  }

  /// Whether the server may be who the target names. NIOSSL has checked the chain, but takes a
  /// certificate of the address that was dialled for any name: a name must be in it.
  func mismatch(_ certificate: NIOSSLCertificate?, targetName: String) -> TransportFailure? {
    guard let name = dnsName(for: targetName) else { return nil }
    let names = (certificate?._subjectAlternativeNames()).map(Array.init) ?? []
    let valid = names.filter { $0.nameType == .dnsName }.map {
      String(decoding: $0.contents, as: UTF8.self)
    }
    if valid.contains(where: { CertificateName.covers($0, host: name) }) { return nil }
    return .tlsNameMismatch("\(name) is not among \(valid.joined(separator: ", "))")
  }

  private func dnsName(for targetName: String) -> String? {
    let name = serverName ?? targetName
    return (try? SocketAddress(ipAddress: name, port: 0)) == nil ? name : nil
  }
}

extension TransportFailure {
  /// What an error of a channel means.
  init(_ error: any Error) {
    switch error {
    case let failure as TransportFailure: self = failure
    case let error as IOError: self = .init(errno: error.errnoCode)
    case ChannelError.connectTimeout: self = .connectTimeout
    case let error as NIOSSLExtraError where error == .failedToValidateHostname:
      self = .tlsNameMismatch(error.description)
    case let error as NIOSSLExtraError: self = .tlsHandshakeFailed(error.description)
    case NIOSSLError.uncleanShutdown: self = .connectionReset
    case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate:
      self = .tlsCertificateUntrusted("\(error)")
    case let error as NIOSSLError: self = .init(handshake: "\(error)")
    case let error as BoringSSLError: self = .init(handshake: "\(error)")
    default: self = .connectionFailed("\(error)")
    }
  }

  private init(errno code: CInt) {
    switch code {
    case ECONNREFUSED: self = .connectionRefused
    case ECONNRESET, EPIPE: self = .connectionReset
    case ETIMEDOUT: self = .connectTimeout
    default: self = .connectionFailed(IOError(errnoCode: code, reason: "connect").description)
    }
  }

  private init(handshake text: String) {
    if text.contains("CERTIFICATE_VERIFY_FAILED") {
      self = .tlsCertificateUntrusted("its chain does not lead to a trusted authority")
    } else if text.contains("NO_APPLICATION_PROTOCOL") {
      self = .alpnRefused
    } else if text.contains("WRONG_VERSION_NUMBER") {
      self = .tlsHandshakeFailed("the server does not speak TLS")
    } else {
      self = .tlsHandshakeFailed(text)
    }
  }
}
