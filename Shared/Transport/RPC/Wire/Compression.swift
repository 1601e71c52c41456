/// How messages may be compressed: `grpc-encoding` and `grpc-accept-encoding`.
package enum Compression: Sendable, Hashable {
  case identity, gzip

  /// What we put into `grpc-accept-encoding`.
  package static let accepted = "identity,gzip"

  package init?(name: ArraySlice<UInt8>) {
    if name.elementsEqual("gzip".utf8) {
      self = .gzip
    } else if name.elementsEqual("identity".utf8) {
      self = .identity
    } else {
      return nil
    }
  }

  package var name: String {
    switch self {
    case .identity: "identity"
    case .gzip: "gzip"
    }
  }

  /// Whether a `grpc-accept-encoding` list has gzip in it.
  package static func acceptsGzip(_ list: ArraySlice<UInt8>) -> Bool {
    list.split(separator: UInt8(ascii: ",")).contains { entry in
      entry.filter { $0 != UInt8(ascii: " ") }.elementsEqual("gzip".utf8)
    }
  }
}
