internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
package import RPC
package import Sockets

/// Serves methods on one or more addresses until told to stop.
package final class Server: Sendable {
  /// Where it listens, with the ports the system chose.
  package let addresses: [ListenAddress]

  private let listeners: [any Channel]
  private let number = EntityNumber.next()
  private let listening: [SocketSnapshot]
  private let registry: ConnectionRegistry
  private let workers: [NIOLoopBound<CallWorkers>]

  /// Pending connections the system keeps for us.
  private static let backlog: Int32 = 1024

  /// Starts listening. Throws when an address cannot be had; then nothing is left open.
  package init(
    _ router: Router, on listen: [ListenAddress], configuration: ServerConfiguration,
    loops: LoopGroup
  ) async throws {
    let registry = ConnectionRegistry(output: OutputBudget(limit: configuration.maxUnreadBytes))
    var router = router
    if let observer = configuration.observer { router.observe(by: observer) }
    let services = ServedBy(configuration: configuration, router: router, registry: registry)
    var workers: [ObjectIdentifier: NIOLoopBound<CallWorkers>] = [:]
    for loop in loops.group.makeIterator() {
      let executor = loops.executor(of: loop)
      workers[ObjectIdentifier(loop)] = try await loop.submit {
        NIOLoopBound(CallWorkers(executor), eventLoop: loop)
      }.get()
    }
    let acceptor = Acceptor(services: services, loops: loops, workers: workers)
    var listeners: [any Channel] = []
    do {
      for address in listen {
        do {
          listeners.append(try await acceptor.bind(address, Self.backlog))
        } catch {
          throw ListenError(error, at: address)
        }
      }
    } catch {
      for listener in listeners { try? await listener.close() }
      throw error
    }
    self.listeners = listeners
    self.registry = registry
    self.workers = Array(workers.values)
    addresses = zip(listen, listeners).map { $0.bound(to: $1.localAddress) }
    listening = addresses.map { address in
      SocketSnapshot(
        number: .next(), local: address.description, remote: nil, security: nil,
        counts: SocketCounts(streams: CallCounts()))
    }
  }

  /// Open connections.
  package var connectionCount: Int { registry.count }

  /// What operators see of it.
  package func snapshot() async -> ServerSnapshot {
    ServerSnapshot(number: number, listening: listening, calls: await registry.calls())
  }

  /// The open connections from a number on, in order, `limit` at most; and whether these are the
  /// last.
  package func connections(from first: EntityNumber = EntityNumber(rawValue: 0), atMost limit: Int)
    async
    -> (reports: [ConnectionReport], isEnd: Bool)
  {
    await registry.reports(from: first, atMost: limit)
  }

  /// How long a cut connection may take to send its last words.
  private static let farewell = Duration.seconds(1)

  /// Stops accepting, lets open calls finish for `grace` at most, cuts what is left, and returns
  /// when the last connection is closed: a little over `grace` at the latest.
  package func shutDown(grace: Duration) async {
    for listener in listeners { try? await listener.close() }
    registry.startDraining()
    let registry = registry
    let cutter = Task {
      try await Task.sleep(for: grace)
      registry.order(.cut("the time to finish is over"))
      try await Task.sleep(for: Self.farewell)
      registry.closeAll()
    }
    await registry.waitUntilEmpty()
    cutter.cancel()
    for workers in workers { try? await workers.eventLoop.submit { workers.value.end() }.get() }
  }
}

/// Why an address cannot be had.
package enum ListenError: Error, Hashable, CustomStringConvertible {
  case unixSocketInUse(String)
  case addressInUse(ListenAddress)
  case notPermitted(ListenAddress)
  /// The address is none of this machine.
  case notLocal(ListenAddress)
  case failed(ListenAddress, why: String)

  fileprivate init(_ error: any Error, at address: ListenAddress) {
    if let error = error as? ListenError {
      self = error
      return
    }
    switch (error as? IOError)?.errnoCode {
    case EADDRINUSE: self = .addressInUse(address)
    case EACCES: self = .notPermitted(address)
    case EADDRNOTAVAIL: self = .notLocal(address)
    default: self = .failed(address, why: "\(error)")
    }
  }

  package var description: String {
    switch self {
    case .addressInUse(let address): "cannot listen on \(address): another process does"
    case .notPermitted(let address): "cannot listen on \(address): not permitted"
    case .notLocal(let address): "cannot listen on \(address): no address of this machine"
    case .failed(let address, let why): "cannot listen on \(address): \(why)"
    case .unixSocketInUse(let path): "another server answers on unix:\(path)"
    }
  }
}

/// Makes listeners and furnishes the connections they accept.
private struct Acceptor: Sendable {
  let services: ServedBy
  let loops: LoopGroup
  let workers: [ObjectIdentifier: NIOLoopBound<CallWorkers>]

  func bind(_ address: ListenAddress, _ backlog: Int32) async throws -> any Channel {
    let bootstrap = ServerBootstrap(group: loops.group)
      .serverChannelOption(.backlog, value: backlog)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelInitializer { [services] channel in
        channel.eventLoop.makeCompletedFuture {
          let pause = AcceptingPause(services.configuration.connectionObserver)
          try channel.pipeline.syncOperations.addHandler(pause)
        }
      }
      .childChannelOption(.maxMessagesPerRead, value: 4)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try furnish(channel) }
      }
    switch address {
    case .tcp(let host, let port): return try await bootstrap.bind(host: host, port: port).get()
    case .unix(let path):
      guard await !isServed(path) else { throw ListenError.unixSocketInUse(path) }
      return try await bootstrap.bind(
        unixDomainSocketPath: path, cleanupExistingSocketFile: true
      ).get()
    }
  }

  /// Whether somebody answers on a unix socket: then its file is not ours to replace.
  private func isServed(_ path: String) async -> Bool {
    let probe = ClientBootstrap(group: loops.group).connect(unixDomainSocketPath: path)
    guard let channel = try? await probe.get() else { return false }
    try? await channel.close()
    return true
  }

  private func furnish(_ channel: any Channel) throws {
    let configuration = services.configuration
    let tls = configuration.tls
    guard
      let entry = services.registry.admit(
        channel, limit: configuration.maxConnections, isSecure: tls != nil)
    else {
      configuration.connectionObserver?.ended(
        .tooMany, peer: channel.remoteAddress.text, complaint: nil)
      return channel.close(promise: nil)
    }
    let bound = NIOLoopBound(entry, eventLoop: channel.eventLoop)
    channel.closeFuture.whenComplete { [services] _ in services.released(bound.value) }
    try? channel.syncOptions?.setOption(.socketOption(.tcp_nodelay), value: 1)
    let pipeline = channel.pipeline.syncOperations
    if let tls {
      try pipeline.addHandler(TLSGate(entry))
      try pipeline.addHandler(NIOSSLServerHandler(context: tls.context))
    }
    let loop = channel.eventLoop
    guard let workers = workers[ObjectIdentifier(loop)] else { return }
    try pipeline.addHandler(
      Doorkeeper(services, loops.executor(of: loop), workers.value, entry))
  }
}

extension ServedBy {
  fileprivate func released(_ entry: ConnectionEntry) {
    registry.release(entry.number, after: entry.counts.streams)
    configuration.connectionObserver?.ended(
      entry.end, peer: entry.remote, complaint: entry.complaint)
  }
}

extension ListenAddress {
  fileprivate func bound(to address: SocketAddress?) -> ListenAddress {
    guard case .tcp(let host, _) = self, let port = address?.port else { return self }
    return .tcp(host: host, port: port)
  }
}
