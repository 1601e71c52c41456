internal import NIOConcurrencyHelpers
internal import NIOCore
package import NIOSSL

/// The certificate, key and trust of a server, read from PEM files and replaceable while it runs.
package final class ServerTLS: Sendable {
  /// Where the material lies. `clientAuthorities` asks every caller for a certificate one of them
  /// signed (mutual TLS).
  package struct Files: Sendable, Hashable {
    package var certificateChain: String
    package var privateKey: String
    package var clientAuthorities: String?

    package init(certificateChain: String, privateKey: String, clientAuthorities: String? = nil) {
      self.certificateChain = certificateChain
      self.privateKey = privateKey
      self.clientAuthorities = clientAuthorities
    }
  }

  /// How long a closing connection waits for the peer's goodbye; many peers send none.
  private static let closeTimeout = TimeAmount.milliseconds(500)

  package static let applicationProtocols = ["h2", "http/1.1"]

  private let files: Files
  private let current: NIOLockedValueBox<Material>

  private struct Material {
    let context: NIOSSLContext
    let expiry: Int
  }

  /// Throws when a file cannot be read, is no PEM, or key and certificate do not fit.
  package init(_ files: Files) throws {
    self.files = files
    current = NIOLockedValueBox(try Self.load(files))
  }

  /// What new connections use.
  package var context: NIOSSLContext { current.withLockedValue { $0.context } }

  /// When the first certificate of the chain in use expires, in seconds since 1970.
  package var expiry: Int { current.withLockedValue { $0.expiry } }

  /// Reads the files again. Open connections keep what they have; when the new material is bad the
  /// old stays in use and the error says why.
  package func reload() throws {
    let fresh = try Self.load(files)
    current.withLockedValue { $0 = fresh }
  }

  private static func load(_ files: Files) throws -> Material {
    let chain = try NIOSSLCertificate.fromPEMFile(files.certificateChain)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(file: files.privateKey, format: .pem)))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = applicationProtocols
    configuration.shutdownTimeout = closeTimeout
    if let authorities = files.clientAuthorities {
      configuration.trustRoots = .file(authorities)
      configuration.certificateVerification = .noHostnameVerification
    }
    return Material(
      context: try NIOSSLContext(configuration: configuration),
      expiry: chain.first?.notValidAfter ?? 0)
  }
}
