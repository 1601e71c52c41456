import Auth
import Observability
import RPC
import RPCClient
import ServiceRuntime
import Sockets
import Storage

/// The methods of the service, on text.
struct TestMethods: Sendable {
  struct Unforeseen: Error {
    let secret = "what only the log may say"
  }

  let host: ServiceHost

  var all: [ServerMethod] {
    [
      unary("Echo") { text, _ in text },
      unary("Wait") { text, _ in
        try await Task.sleep(for: .milliseconds(Int(text) ?? 0))
        return "waited"
      },
      unary("Fail") { text, _ in
        if text == "unforeseen" { throw Unforeseen() }
        throw RPCError(.notFound, "there is no \(text)").reason("NOT_HERE")
      },
      unary("Names") { _, context in
        let names = [
          context.requestID, context.trace?.description, context.metadata["traceparent"],
        ]
        return names.map { $0 ?? "-" }.joined(separator: " ")
      },
      unary("Relay") { target, _ in try await relay(to: target) },
      unary("Register") { _, context in try context.caller(holding: .registrar).subject },
      unary("Note") { text, _ in
        _ = try await host.database.transaction { transaction in
          try transaction.run("INSERT INTO note (text) VALUES (\(text))")
        }
        return "noted"
      },
      unary("Count") { _, _ in
        let rows = try await host.database.read { try $0.rows("SELECT COUNT(*) AS n FROM note") }
        return "\(try rows[0].integer("n"))"
      },
      unary("Log") { text, _ in
        host.log.notice("asked to log", ["length": .integer(text.utf8.count)])
        return "logged"
      },
      unary("Members") { _, _ in
        let rows = try await host.database.read {
          try $0.rows("SELECT name FROM projection ORDER BY name")
        }
        return try rows.map { try $0.text("name") }.joined(separator: " ")
      },
      ServerMethod("/test.Test/Stream", .bidirectional) { call in
        while let message = try await call.stream.nextMessage() {
          try await call.stream.send(MessageFrame(payload: message))
        }
      },
    ]
  }

  private func unary(
    _ name: String, _ body: @escaping @Sendable (String, CallContext) async throws -> String
  ) -> ServerMethod {
    ServerMethod(MethodName(service: "test.Test", method: name), .unary) { call in
      let request = String(decoding: try await call.stream.nextMessage() ?? [], as: UTF8.self)
      let answer = try await body(request, call.context)
      try await call.stream.send(MessageFrame(payload: Array(answer.utf8)))
    }
  }

  /// What another of these services says its call's names are.
  private func relay(to target: String) async throws -> String {
    let channel = RPCChannel(target: try Target(target), eventLoopGroup: host.loops.dialing)
    let answer = try await channel.open(
      ClientRequest("/test.Test/Names", .unary, soleMessage: MessageFrame(payload: []))
    ).soleMessage()
    await channel.shutdown(grace: .seconds(1))
    return String(decoding: answer, as: UTF8.self)
  }
}
