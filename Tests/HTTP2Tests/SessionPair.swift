import HTTP2

/// A client's session and a server's, wired to each other without a network.
final class SessionPair {
  var client: HTTP2Session
  var server: HTTP2Session
  private(set) var clientEvents: [HTTP2Event] = []
  private(set) var serverEvents: [HTTP2Event] = []
  /// What the server got of bodies, by stream.
  private(set) var serverBodies: [StreamID: [UInt8]] = [:]
  private(set) var clientBodies: [StreamID: [UInt8]] = [:]

  init(_ serverLimits: HTTP2Limits = HTTP2Limits()) throws {
    client = try HTTP2Session(.client)
    server = try HTTP2Session(.server, limits: serverLimits)
  }

  /// Carries bytes both ways until neither side has more to say.
  func exchange() {
    while client.hasOutput || server.hasOutput {
      let fromClient = output(of: &client)
      for event in server.receive(fromClient.span) + server.takeEvents() {
        serverEvents.append(event)
        if case .data(let stream, let range) = event {
          serverBodies[stream, default: []] += fromClient[range]
          server.consumeConnection(range.count)
        }
      }
      let fromServer = output(of: &server)
      serverEvents += server.takeEvents()
      for event in client.receive(fromServer.span) + client.takeEvents() {
        clientEvents.append(event)
        if case .data(let stream, let range) = event {
          clientBodies[stream, default: []] += fromServer[range]
          client.consumeConnection(range.count)
        }
      }
      if fromClient.isEmpty, fromServer.isEmpty { return }
    }
  }

  /// Bytes that either side would send now.
  func serverOutput() -> [UInt8] { output(of: &server) }
  func clientOutput() -> [UInt8] { output(of: &client) }

  private func output(of session: inout HTTP2Session) -> [UInt8] {
    var bytes: [UInt8] = []
    while session.nextOutput({ span in for index in span.indices { bytes.append(span[index]) } }) {}
    return bytes
  }
}

let request: HeaderBlock = [
  ":method": "POST", ":scheme": "http", ":path": "/a.B/C", ":authority": "test",
]
let ok: HeaderBlock = [":status": "200"]
