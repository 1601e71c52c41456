import Foundation
import RPC
import RPCClient
import RPCServer
import Sockets

/// A server and its clients in this process, over real sockets, and many calls that end in every
/// way: a leak of one object a call is a hundred thousand of them.
struct ManyCalls {
  let count: Int

  /// How often the memory is looked at, and how many callers there are at a time.
  private static let rounds = 10
  private static let callers = 16
  /// As many calls are made on one connection before the next.
  private static let callsOfChannel = 250

  /// Prints `kib=…` after each tenth of the calls.
  func run() async throws {
    // The first sleep has the system's timers made, which stay.
    try await Task.sleep(for: .milliseconds(1))
    let descriptors = ProcessMemory.descriptors
    let loops = LoopGroup(threads: 1)
    var router = Router([])
    for method in [Self.echo, Self.refuse, Self.linger] { router.add(method) }
    let server = try await Server(
      router, on: [.tcp(host: "127.0.0.1", port: 0)], configuration: ServerConfiguration(),
      loops: loops)
    guard case .tcp(_, let port) = server.addresses[0] else { return }
    let target = "static:localhost:\(port)"
    for _ in 0..<Self.rounds {
      try await withThrowingTaskGroup { group in
        for _ in 0..<Self.callers {
          group.addTask {
            try await Self.calls(count / Self.rounds / Self.callers, on: target, loops)
          }
        }
        try await group.waitForAll()
      }
      say("kib=\(ProcessMemory.resident)")
    }
    await server.shutDown(grace: .seconds(1))
    try await loops.shutDown()
    say("descriptors=\(ProcessMemory.descriptors - descriptors)")
  }

  private static func calls(_ count: Int, on target: String, _ loops: LoopGroup) async throws {
    var left = count
    while left > 0 {
      let channel = RPCChannel(target: try Target(target), eventLoopGroup: loops.dialing)
      for number in 0..<min(left, callsOfChannel) { try await call(number, on: channel) }
      left -= callsOfChannel
      await channel.shutdown(grace: .seconds(1))
    }
  }

  /// Most calls are answered; of the others some are refused, some run out of time, some are
  /// cancelled and some are let go in their midst.
  private static func call(_ number: Int, on channel: RPCChannel) async throws {
    switch number % 25 {
    case 0: try await expect(.notFound, of: "/t.T/Refuse", on: channel)
    case 1: try await expect(.deadlineExceeded, of: "/t.T/Linger", timeout: 2, on: channel)
    case 2: try await talk(on: channel).cancel()
    case 3: _ = try await talk(on: channel)
    case 4:
      let stream = try await talk(on: channel)
      try await stream.finishSending()
      while try await stream.nextMessage() != nil {}
    default:
      let request = ClientRequest(
        "/t.T/Echo", .unary, CallOptions(timeout: .seconds(60)),
        soleMessage: MessageFrame(payload: [UInt8](repeating: 1, count: 300)))
      guard try await channel.open(request).soleMessage().count == 300 else {
        throw RPCError(.dataLoss, "another message came back")
      }
    }
  }

  private static func talk(on channel: RPCChannel) async throws -> any ClientStream {
    let stream = try await channel.open(
      ClientRequest("/t.T/Echo", .bidirectional, CallOptions(timeout: .seconds(60))))
    for _ in 0..<3 {
      try await stream.send(MessageFrame(payload: [2]), compress: false)
      _ = try await stream.nextMessage()
    }
    return stream
  }

  private static func expect(
    _ code: StatusCode, of method: MethodName, timeout milliseconds: Int = 60_000,
    on channel: RPCChannel
  ) async throws {
    do {
      let options = CallOptions(timeout: .milliseconds(milliseconds))
      _ = try await channel.open(
        ClientRequest(method, .unary, options, soleMessage: MessageFrame(payload: []))
      ).soleMessage()
    } catch let error as RPCError where error.code == code { return }
    throw RPCError(.dataLoss, "a call is answered that is not to be")
  }

  private static let echo = ServerMethod("/t.T/Echo", .bidirectional) { call in
    while let message = try await call.stream.nextMessage() {
      try await call.stream.send(MessageFrame(payload: message))
    }
  }
  private static let refuse = ServerMethod("/t.T/Refuse", .unary) { _ in
    throw RPCError(.notFound, "nothing is here")
  }
  private static let linger = ServerMethod("/t.T/Linger", .unary) { _ in
    try await Task.sleep(for: .seconds(60))
  }
}
