import Foundation
import Peers
import RPC
import RPCClient
import RPCServer
import Sockets
import Testing

/// How connections begin, live and end.
@Suite struct ConnectionTests {
  /// Waits until it is told to stop, and notes how it heard of that.
  private static func lingering(_ started: Notes<Void>, _ drained: Notes<Bool>) -> ServerMethod {
    ServerMethod("/test.Test/Linger", .bidirectional) { call in
      started.add(())
      try await call.context.draining()
      drained.add(call.context.isDraining)
      try await call.stream.send(MessageFrame(payload: [1]))
    }
  }

  @Test("Draining lets open calls finish, shows itself to them, and takes no new connection")
  func drain() async throws {
    let (started, drained) = (Notes<Void>(), Notes<Bool>())
    try await withServer([Self.lingering(started, drained)]) { server, address, loops in
      try await withChannel(to: address, loops) { channel in
        async let answer = channel.call("/test.Test/Linger")
        try await started.wait(for: 1)
        let start = ContinuousClock.now
        await server.shutDown(grace: .seconds(20))
        #expect(start.duration(to: .now) < .seconds(10) * Slack.factor, "it waited for nothing")
        #expect(try await answer == [1])
        #expect(drained.all == [true])
        #expect(server.connectionCount == 0)
        let error = await failure {
          _ = try await channel.call("/test.Test/Linger", [], CallOptions(timeout: .seconds(5)))
        }
        #expect(error?.code == .unavailable)
      }
    }
  }

  @Test("Draining closes at once who asked for nothing: silent sockets and idle HTTP/1.1")
  func drainIdle() async throws {
    var configuration = ServerConfiguration()
    configuration.pages["/healthz"] = { _ in PageAnswer(body: "fine") }
    try await withServer([echo], configuration) { server, address, _ in
      let (silent, browser) = (
        try TCPSocket(port: address.port), try TCPSocket(port: address.port)
      )
      let request = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n"
      try browser.write(Array(request.utf8), until: .now + .seconds(5))
      while server.connectionCount < 2 { try await Task.sleep(for: .milliseconds(2)) }
      let start = ContinuousClock.now
      await server.shutDown(grace: .seconds(20))
      #expect(start.duration(to: .now) < .seconds(5) * Slack.factor)
      withExtendedLifetime((silent, browser)) {}
    }
  }

  @Test("A peer that reads nothing cannot keep the server from stopping")
  func unreadable() async throws {
    let flood = ServerMethod("/test.Test/Flood", .serverStreaming) { call in
      let message = MessageFrame(payload: [UInt8](repeating: 0, count: 60_000))
      while true { try await call.stream.send(message) }
    }
    try await withServer([flood]) { server, address, _ in
      let socket = try TCPSocket(port: address.port)
      var hello = RawPeer.preface + Frame(.settings, payload: [0, 4, 0x7f, 0xff, 0xff, 0xff]).bytes
      hello += Frame(.windowUpdate, payload: [0x7f, 0, 0, 0]).bytes
      let headers = [
        (":method", "POST"), (":scheme", "http"), (":path", "/test.Test/Flood"),
        (":authority", "a"), ("te", "trailers"), ("content-type", "application/grpc"),
      ].map { HeaderField($0.0, $0.1) }
      hello += Frame(.headers, .endHeaders, stream: 1, payload: headers.headerBlock).bytes
      hello += Frame(.data, .endStream, stream: 1, payload: [0, 0, 0, 0, 0]).bytes
      try socket.write(hello, until: .now + .seconds(5))
      while server.connectionCount < 1 { try await Task.sleep(for: .milliseconds(2)) }
      try await Task.sleep(for: .milliseconds(300))
      let start = ContinuousClock.now
      await server.shutDown(grace: .milliseconds(100))
      #expect(start.duration(to: .now) < .seconds(10) * Slack.factor)
      withExtendedLifetime(socket) {}
    }
  }

  @Test("What is left when the time to finish is over is cut, with a reason")
  func cut() async throws {
    let started = Notes<Void>()
    let stubborn = ServerMethod("/test.Test/Stay", .unary) { call in
      started.add(())
      try await Task.sleep(for: .seconds(60))
    }
    try await withServer([stubborn]) { server, address, loops in
      try await withChannel(to: address, loops) { channel in
        async let outcome = failure { _ = try await channel.call("/test.Test/Stay") }
        try await started.wait(for: 1)
        let start = ContinuousClock.now
        await server.shutDown(grace: .milliseconds(200))
        #expect(start.duration(to: .now) < .seconds(5) * Slack.factor)
        let error = await outcome
        #expect(error?.code == .unavailable)
        #expect(error?.reason == "DRAINING")
      }
    }
  }

  @Test("A connection without calls is closed after its idle time, an old one after its age")
  func idleAndAge() async throws {
    for change in [
      { (lifetime: inout ConnectionLifetime.Settings) in lifetime.maxIdle = .milliseconds(100) },
      { (lifetime: inout ConnectionLifetime.Settings) in lifetime.maxAge = .milliseconds(100) },
    ] {
      var configuration = ServerConfiguration()
      change(&configuration.lifetime)
      try await withServer([echo], configuration) { server, address, _ in
        try await onThread {
          let peer = try RawPeer.started(port: address.port)
          try peer.listenToEnd()
          #expect(peer.goAway?.code == 0)
        }
        try await gone(server)
      }
    }
  }

  /// Waits until the server has seen its connections end, too.
  private func gone(_ server: Server) async throws {
    let deadline = ContinuousClock.now + .seconds(5)
    while server.connectionCount > 0, .now < deadline {
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(server.connectionCount == 0)
  }

  @Test("A client that pings too often is told so and cut off")
  func tooManyPings() async throws {
    try await withServer([echo]) { _, address, _ in
      try await onThread {
        let peer = try RawPeer.started(port: address.port)
        for index in 0..<4 as Range<UInt8> {
          try peer.send(Frame(.ping, payload: [0, 0, 0, 0, 0, 0, 0, index]))
          try peer.listen { peer.goAway != nil || peer.received.count { $0.kind == .ping } > index }
        }
        try peer.listenToEnd()
        #expect(peer.goAway?.code == 11)
        #expect(peer.goAway?.debug == "too_many_pings")
      }
    }
  }

  @Test("A silent peer is pinged and cut off when it does not answer")
  func keepalive() async throws {
    var configuration = ServerConfiguration()
    configuration.lifetime.keepaliveTime = .milliseconds(100)
    configuration.lifetime.keepaliveTimeout = .milliseconds(100)
    try await withServer([echo], configuration) { _, address, _ in
      try await onThread {
        let peer = try RawPeer.started(port: address.port)
        peer.acknowledges = false
        try peer.listenToEnd()
        #expect(peer.goAway?.debug.hasPrefix("keepalive") == true)
      }
    }
  }

  @Test("Who says nothing is not waited for")
  func silence() async throws {
    var configuration = ServerConfiguration()
    configuration.greetingTimeout = .milliseconds(100)
    try await withServer([echo], configuration) { server, address, _ in
      try await onThread {
        let peer = try RawPeer(port: address.port)
        #expect(try peer.readToEnd().isEmpty)
        let half = try RawPeer(port: address.port)
        try half.send(Array("PRI * HTTP/2".utf8))
        #expect(try half.readToEnd().isEmpty)
      }
    }
  }

  @Test("Connections over the limit are closed at once; the others go on")
  func limit() async throws {
    var configuration = ServerConfiguration()
    configuration.maxConnections = 2
    try await withServer([echo], configuration) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        _ = try await channel.call("/test.Test/Echo")
        try await onThread {
          let second = try RawPeer.started(port: address.port)
          try second.listen(for: .milliseconds(50))
          let third = try RawPeer(port: address.port)
          #expect(try third.readToEnd().isEmpty)
          #expect(!second.isClosed)
        }
        let answer = try await channel.call("/test.Test/Echo", [1])
        #expect(answer == [1])
      }
    }
  }

  @Test("A unix socket serves as well as a port")
  func unixSocket() async throws {
    let path = FileManager.default.temporaryDirectory.appending(
      path: "cabildo-\(ProcessInfo.processInfo.processIdentifier).sock"
    ).path
    try await withServer([echo], on: .unix(path: path)) { _, address, loops in
      try await withChannel(to: address, loops) { channel in
        let answer = try await channel.call("/test.Test/Echo", [1, 2, 3])
        #expect(answer == [1, 2, 3])
      }
    }
  }

  @Test(
    "HTTP/1.1 reads the pages, and anyone else learns what the port speaks",
    arguments: [
      ("GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "200", "fine q=1"),
      ("GET /healthz?q=1 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n", "200", "fine q=1"),
      ("GET / HTTP/1.1\r\nhost: a\r\n\r\n", "404", "gRPC over HTTP/2"),
      ("POST /a.B/C HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n", "415", "gRPC over HTTP/2"),
      ("DELETE /healthz HTTP/1.1\r\nhost: a\r\n\r\n", "405", "GET"),
      ("hello\r\n\r\n", "400", "gRPC over HTTP/2"), ("\u{16}\u{3}\u{1}\r\n", "400", "gRPC"),
    ])
  func pages(request: String, status: String, body: String) async throws {
    var configuration = ServerConfiguration()
    configuration.pages["/healthz"] = { query in
      PageAnswer(body: "fine \(query.isEmpty ? "q=1" : query)\n")
    }
    try await withServer([echo], configuration) { _, address, _ in
      let answer = try await onThread {
        let peer = try RawPeer(port: address.port)
        try peer.send(Array(request.utf8))
        return String(decoding: try peer.readToEnd(), as: UTF8.self)
      }
      #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
      #expect(answer.contains(body), "\(answer)")
    }
  }
}

extension ListenAddress {
  var port: UInt16 {
    if case .tcp(_, let port) = self { UInt16(port) } else { 0 }
  }
}
