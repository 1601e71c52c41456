/// Where one server listens, after name resolution.
package enum Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// A numeric IPv4 or IPv6 address, without brackets.
  case ip(address: String, port: Int)
  case unix(path: String)

  package var description: String {
    switch self {
    case .ip(let address, let port):
      address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }
}
