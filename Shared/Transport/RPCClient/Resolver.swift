internal import Glibc
internal import NIOPosix
internal import RPC

/// Turns a target into endpoints. Name resolution blocks, so it runs on threads of its own.
struct Resolver: Sendable {
  let target: Target
  let maxEndpoints: Int

  /// An endpoint, and the host that it was found under; nil for a socket file.
  struct Address: Hashable, Sendable {
    let endpoint: Endpoint
    let host: HostAndPort?
  }

  /// In the order that the target or the system's resolver gives, no endpoint twice.
  func resolve() async -> Result<[Address], TransportFailure> {
    switch target.kind {
    case .unix(let path): return .success([Address(endpoint: .unix(path: path), host: nil)])
    case .dns(let host): return await resolve([host])
    case .hosts(let hosts): return await resolve(hosts)
    }
  }

  private func resolve(_ hosts: [HostAndPort]) async -> Result<[Address], TransportFailure> {
    var found: [Address] = []
    var failure = TransportFailure.nameNotResolved("no addresses")
    for host in hosts {
      do {
        found += try await NIOThreadPool.singleton.runIfActive { try addresses(of: host) }
          .map { Address(endpoint: $0, host: host) }
      } catch {
        failure = error as? TransportFailure ?? .nameNotResolved("\(error)")
      }
    }
    var seen: Set<Endpoint> = []
    let distinct = found.filter { seen.insert($0.endpoint).inserted }.prefix(maxEndpoints)
    return distinct.isEmpty ? .failure(failure) : .success(Array(distinct))
  }
}

/// The addresses of a host, by `getaddrinfo`. Blocks.
private func addresses(of host: HostAndPort) throws(TransportFailure) -> [Endpoint] {
  var hints = unsafe addrinfo()
  unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
  var list: UnsafeMutablePointer<addrinfo>?
  let result = unsafe getaddrinfo(host.host, String(host.port), &hints, &list)
  guard result == 0 else {
    throw .nameNotResolved("\(host.host): \(unsafe String(cString: gai_strerror(result)))")
  }
  defer { unsafe freeaddrinfo(list) }
  var endpoints: [Endpoint] = []
  var entry = unsafe list
  while let current = unsafe entry {
    if let address = unsafe numericAddress(current.pointee) {
      endpoints.append(.ip(address: address, port: host.port))
    }
    unsafe entry = current.pointee.ai_next
  }
  return endpoints
}

private func numericAddress(_ info: addrinfo) -> String? {
  var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
  let result = unsafe getnameinfo(
    info.ai_addr, info.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
  guard result == 0 else { return nil }
  return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
}
