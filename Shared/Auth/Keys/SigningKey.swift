internal import Crypto
internal import Foundation

/// A private key that signs tokens: Ed25519, in a PKCS #8 file as `openssl genpkey` writes it.
package struct SigningKey: Sendable {
  private let key: Curve25519.Signing.PrivateKey

  /// What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410).
  private static let prefix: [UInt8] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]
  private static let label = "PRIVATE KEY"

  private init(_ key: Curve25519.Signing.PrivateKey) { self.key = key }

  /// A new one.
  package static func make() -> SigningKey { SigningKey(Curve25519.Signing.PrivateKey()) }

  /// Refuses a file that others may read.
  package init(file path: String) throws(KeyFileError) {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard let mode = attributes?[.posixPermissions] as? Int,
      let text = try? String(contentsOfFile: path, encoding: .utf8)
    else { throw .unreadable(path) }
    guard mode & 0o077 == 0 else { throw .exposed(path) }
    guard let blocks = PEM.decode(text), blocks.count == 1, blocks[0].label == Self.label,
      blocks[0].bytes.count == Self.prefix.count + 32, blocks[0].bytes.starts(with: Self.prefix),
      let key = try? Curve25519.Signing.PrivateKey(
        rawRepresentation: blocks[0].bytes.dropFirst(Self.prefix.count))
    else { throw .unusable(path, why: "holds no Ed25519 private key (PKCS #8, PEM)") }
    self.key = key
  }

  /// Writes a new file that only its owner may read; an existing one stays.
  package func write(to path: String) throws(KeyFileError) {
    let block = PEM.Block(label: Self.label, bytes: Self.prefix + key.rawRepresentation)
    try KeyFile.write(PEM.encode(block), to: path, mode: 0o600)
  }

  /// What tells services to trust this key.
  package var verificationKeys: VerificationKeys { VerificationKeys(key.publicKey) }

  /// Its `kid`.
  package var id: String { VerificationKeys.id(of: key.publicKey) }

  func signature(for bytes: [UInt8]) -> [UInt8] {
    // Ed25519 signs whatever it is given; the library throws only for kinds of keys that can fail.
    guard let signature = try? key.signature(for: bytes) else {
      preconditionFailure("Ed25519 has failed to sign")
    }
    return Array(signature)
  }
}

/// Writes files of keys.
enum KeyFile {
  static func write(_ text: String, to path: String, mode: mode_t) throws(KeyFileError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else {
      guard errno != EEXIST else { throw .exists(path) }
      let why = unsafe String(cString: strerror(errno))
      throw .notWritten(path, why: why)
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      try file.write(contentsOf: Data(text.utf8))
      try file.synchronize()
    } catch {
      throw .notWritten(path, why: "\(error)")
    }
  }
}
