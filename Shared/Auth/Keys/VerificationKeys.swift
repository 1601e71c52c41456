package import Crypto
internal import Foundation
internal import TokenFormat

/// The public keys whose tokens are accepted, each by its `kid`.
///
/// From a file with one or more `PUBLIC KEY` blocks (PEM, as `openssl pkey -pubout` writes them),
/// where the `kid` is the key's thumbprint (RFC 7638), or from a JWK set (RFC 7517), which names
/// them itself. Several keys let one follow another without a gap.
package struct VerificationKeys: Sendable {
  private let keys: [String: Curve25519.Signing.PublicKey]

  /// What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410).
  private static let prefix: [UInt8] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
  ]
  private static let label = "PUBLIC KEY"
  private static let maxBytes = 1 << 20

  init(_ key: Curve25519.Signing.PublicKey) { keys = [Self.id(of: key): key] }

  package init(file path: String) throws(KeyFileError) {
    // A pipe would be waited for.
    guard
      let kind = try? FileManager.default.attributesOfItem(
        atPath: URL(filePath: path).resolvingSymlinksInPath().path)[.type] as? FileAttributeType,
      kind == .typeRegular, let handle = FileHandle(forReadingAtPath: path),
      let data = try? handle.read(upToCount: Self.maxBytes) ?? Data(),
      let text = String(data: data, encoding: .utf8)
    else { throw .unreadable(path) }
    do throws(Fault) {
      let isJSON = text.first { !$0.isWhitespace } == "{"
      keys = isJSON ? try Self.keys(inSet: Array(data)) : try Self.keys(inPEM: text)
    } catch {
      throw .unusable(path, why: error.why)
    }
  }

  package var ids: [String] { keys.keys.sorted() }

  package subscript(_ id: String) -> Curve25519.Signing.PublicKey? { keys[id] }

  /// As a file that `init(file:)` takes; an existing one stays.
  package func write(to path: String) throws(KeyFileError) {
    let blocks = keys.sorted { $0.key < $1.key }.map { id, key in
      "# kid \(id)\n"
        + PEM.encode(.init(label: Self.label, bytes: Self.prefix + key.rawRepresentation))
    }
    try KeyFile.write(blocks.joined(), to: path, mode: 0o644)
  }

  /// The key's thumbprint (RFC 7638), which depends on nothing but the key.
  package static func id(of key: Curve25519.Signing.PublicKey) -> String {
    let x = Base64URL.encode(key.rawRepresentation)
    let canonical = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"\(x)\"}"
    return Base64URL.encode(Array(SHA256.hash(data: Data(canonical.utf8))))
  }

  private struct Fault: Error {
    let why: String
  }

  private static func keys(inPEM text: String) throws(Fault)
    -> [String: Curve25519.Signing.PublicKey]
  {
    guard let blocks = PEM.decode(text), !blocks.isEmpty else {
      throw Fault(why: "holds neither PEM blocks nor a JWK set")
    }
    var keys: [String: Curve25519.Signing.PublicKey] = [:]
    for block in blocks {
      guard block.label != "PRIVATE KEY" else {
        throw Fault(why: "holds a private key: services are given public ones only")
      }
      guard block.label == label, block.bytes.starts(with: prefix),
        let key = key(block.bytes.dropFirst(prefix.count))
      else { throw Fault(why: "holds a \(block.label) that is not an Ed25519 public key") }
      keys[id(of: key)] = key
    }
    return keys
  }

  private static func keys(inSet bytes: [UInt8]) throws(Fault)
    -> [String: Curve25519.Signing.PublicKey]
  {
    guard let set = try? ClaimParser.object(bytes), case .list(let members) = set["keys"] else {
      throw Fault(why: "is no JWK set: {\"keys\": [...]}")
    }
    var keys: [String: Curve25519.Signing.PublicKey] = [:]
    for member in members {
      guard case .object(let key) = member, key["kty"] == .text("OKP"),
        key["crv"] == .text("Ed25519"), case .text(let x) = key["x"],
        let bytes = Base64URL.decode(x.utf8), let publicKey = Self.key(bytes[...])
      else { throw Fault(why: "holds a key that is not an Ed25519 public key (kty OKP)") }
      guard key["d"] == nil else {
        throw Fault(why: "holds a private key: services are given public ones only")
      }
      let name = if case .text(let id) = key["kid"] { id } else { id(of: publicKey) }
      guard keys.updateValue(publicKey, forKey: name) == nil else {
        throw Fault(why: "names two keys \(name)")
      }
    }
    guard !keys.isEmpty else { throw Fault(why: "holds no key") }
    return keys
  }

  private static func key(_ bytes: ArraySlice<UInt8>) -> Curve25519.Signing.PublicKey? {
    guard bytes.count == 32 else { return nil }
    return try? Curve25519.Signing.PublicKey(rawRepresentation: Array(bytes))
  }
}
