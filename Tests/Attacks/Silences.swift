import Peers

extension Attack {
  /// Peers that stop in the middle of something, and hold on.
  static let silences: [Attack] = [
    silence("silent", "connected, and not a word"),
    silence("silent-tls", "a TLS handshake that stops", saying: [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]),
    silence("silent-preface", "half a preface", saying: Array(RawPeer.preface.prefix(12))),
    silence("silent-settings", "a preface without its SETTINGS", saying: RawPeer.preface),
    silence(
      "silent-headers", "a header block that stops",
      saying: greeting + Frame(.headers, stream: 1, payload: block(unary)).bytes),
    silence(
      "silent-frame", "half a HEADERS frame",
      saying: greeting + Array(open(unary, on: 1).prefix(40))),
    Attack("silent-body", "requests whose messages stop, until their deadline") { assault in
      let second = [HeaderField("grpc-timeout", "1S")]
      let connections = (0..<assault.connections).compactMap { _ in assault.connect() }
      for connection in connections {
        for stream in stride(from: 1 as UInt32, to: 200, by: 2) {
          connection.say(open(unary, on: stream, second))
          connection.say(Frame(.data, stream: stream, payload: [0, 0, 1, 0, 0, 7]))
        }
      }
      assault.hold(connections)
    },
    Attack("idle", "connections that greet and want nothing") { assault in
      assault.hold((0..<assault.connections).compactMap { _ in assault.connect() })
    },
    Attack("churn", "connections that come and go") { assault in
      while assault.goesOn {
        guard let connection = assault.connect() else { continue }
        if Bool.random() { connection.resetOnClose() }
        connection.say(call(empty, on: 1))
        if Bool.random() { connection.hear(for: .milliseconds(2)) }
      }
    },
    Attack("vanish", "callers that are gone in the middle of their calls") { assault in
      while assault.goesOn {
        guard let connection = assault.connect() else { continue }
        connection.resetOnClose()
        for stream in stride(from: 1 as UInt32, to: 40, by: 2) {
          connection.say(call(output, on: stream, asking(for: 50, of: 20_000, every: 1_000)))
        }
        connection.hear(for: .milliseconds(5))
      }
    },
    Attack("not-reading", "callers that ask for much and read nothing") { assault in
      let wide = setting(4, 0x7fff_ffff)
      let connections = (0..<assault.connections).compactMap { _ in
        assault.connect(settings: wide, receiveBuffer: 4096)
      }
      for connection in connections {
        connection.say(widen(0, by: 0x7f00_0000))
        for stream in stride(from: 1 as UInt32, to: 200, by: 2) {
          connection.say(call(unary, on: stream, asking(for: 1 << 20)), within: .milliseconds(200))
        }
      }
      assault.hold(connections, reads: false)
    },
  ]

  static let greeting = RawPeer.preface + Frame(.settings).bytes

  private static func silence(_ name: String, _ says: String, saying bytes: [UInt8] = []) -> Attack
  {
    Attack(name, says, cutOff: .closed) { assault in
      let connections = (0..<assault.connections).compactMap { _ in assault.connectSilently() }
      if !bytes.isEmpty { for connection in connections { connection.say(bytes) } }
      assault.hold(connections)
    }
  }
}
