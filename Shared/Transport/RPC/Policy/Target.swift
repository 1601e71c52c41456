/// What a channel is asked to reach, as gRPC's name syntax writes it.
///
///     dns:///host:port   dns:host:port   host:port    every address of a name
///     static:a:1,b:2                                  these hosts, in this order
///     ipv4:1.2.3.4:1,5.6.7.8:2   ipv6:[::1]:1         numeric addresses
///     unix:path   unix:///absolute/path               a socket file
///
/// A name without a port has the port of HTTPS, as in every gRPC library.
package struct Target: Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// Resolved again and again, since the answer changes.
    case dns(HostAndPort)
    /// Resolved when the list is first needed and after failures.
    case hosts([HostAndPort])
    case unix(path: String)
  }

  package static let defaultPort = 443
  /// Hosts that `static:`, `ipv4:` and `ipv6:` may list.
  package static let hostCountMaximum = 256

  package let kind: Kind
  package let description: String

  package init(_ text: String) throws(TargetError) {
    description = text
    kind = try Self.kind(of: text)
  }

  /// The `:authority` of calls to it, and the name its certificate is checked against.
  package var authority: String {
    switch kind {
    case .dns(let host): host.description
    case .hosts(let hosts): hosts[0].description
    case .unix: "localhost"
    }
  }

  /// The name in `authority`, without the port.
  package var serverName: String {
    switch kind {
    case .dns(let host): host.host
    case .hosts(let hosts): hosts[0].host
    case .unix: "localhost"
    }
  }

  private static func kind(of text: String) throws(TargetError) -> Kind {
    guard !text.isEmpty else { throw .empty }
    if let colon = text.firstIndex(of: ":") {
      let rest = text[text.index(after: colon)...]
      switch text[..<colon] {
      case "dns": return .dns(try HostAndPort(try withoutAuthority(rest, in: text)))
      case "static", "ipv4", "ipv6": return .hosts(try hosts(in: rest, of: text))
      case "unix": return .unix(path: try socketPath(rest, in: text))
      default: break
      }
      if rest.hasPrefix("//") { throw .unknownScheme(String(text[..<colon])) }
    }
    return .dns(try HostAndPort(text[...]))
  }

  /// `///host` and `host`; a DNS server of one's own (`//server/host`) is not offered.
  private static func withoutAuthority(_ rest: Substring, in text: String) throws(TargetError)
    -> Substring
  {
    guard rest.hasPrefix("//") else { return rest }
    guard rest.hasPrefix("///") else { throw .authorityNotSupported(text) }
    return rest.dropFirst(3)
  }

  private static func hosts(in rest: Substring, of text: String) throws(TargetError)
    -> [HostAndPort]
  {
    let parts = try withoutAuthority(rest, in: text).split(
      separator: ",", omittingEmptySubsequences: false)
    guard parts.count <= hostCountMaximum else { throw .tooManyHosts(parts.count) }
    return try parts.map { part throws(TargetError) in try HostAndPort(part) }
  }

  private static func socketPath(_ rest: Substring, in text: String) throws(TargetError)
    -> String
  {
    var path = rest
    if rest.hasPrefix("//") {
      guard rest.hasPrefix("///") else { throw .authorityNotSupported(text) }
      path = rest.dropFirst(2)
    }
    guard !path.isEmpty, path != "/" else { throw .noPath(text) }
    return String(path)
  }
}

/// A host, by name or numeric address, and a port of it.
package struct HostAndPort: Hashable, Sendable, CustomStringConvertible {
  /// Without the brackets of an IPv6 address.
  package let host: String
  package let port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  package init(_ text: Substring) throws(TargetError) {
    let (host, port) = try Self.split(text)
    guard !host.isEmpty, !host.contains(where: { "/ \t\r\n\0[]".contains($0) }) else {
      throw .noHost(String(text))
    }
    self.host = String(host)
    guard let port else {
      self.port = Target.defaultPort
      return
    }
    guard port.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = Int(port),
      1...65_535 ~= number
    else { throw .badPort(String(text)) }
    self.port = number
  }

  package var description: String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  private static func split(_ text: Substring) throws(TargetError) -> (Substring, Substring?) {
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { throw .noHost(String(text)) }
      let host = text[text.index(after: text.startIndex)..<end]
      let rest = text[text.index(after: end)...]
      guard !rest.isEmpty else { return (host, nil) }
      guard rest.hasPrefix(":") else { throw .badPort(String(text)) }
      return (host, rest.dropFirst())
    }
    let colons = text.count(where: { $0 == ":" })
    guard colons == 1, let colon = text.firstIndex(of: ":") else { return (text, nil) }
    return (text[..<colon], text[text.index(after: colon)...])
  }
}

/// Why a text is no target.
package enum TargetError: Error, Hashable, Sendable, CustomStringConvertible {
  case empty
  case unknownScheme(String)
  case authorityNotSupported(String)
  case noHost(String)
  case badPort(String)
  case noPath(String)
  case tooManyHosts(Int)

  package var description: String {
    switch self {
    case .empty: "a target is empty"
    case .unknownScheme(let scheme):
      "\"\(scheme)\" is not dns, static, ipv4, ipv6 or unix"
    case .authorityNotSupported(let text):
      "\"\(text)\" names a resolver of its own; write three slashes"
    case .noHost(let text): "\"\(text)\" has no host"
    case .badPort(let text): "\"\(text)\" has no port between 1 and 65535"
    case .noPath(let text): "\"\(text)\" has no path of a socket"
    case .tooManyHosts(let count):
      "\(count) hosts; a target lists at most \(Target.hostCountMaximum)"
    }
  }
}
