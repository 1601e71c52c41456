import Peers
import RPC

extension Attack {
  /// Peers that have the server keep, inflate or do much for little.
  static let hoards: [Attack] = [
    Attack("zero-window", "100 answers of 1 MiB behind a window of nothing") { assault in
      let connections = (0..<assault.connections).compactMap { _ in
        assault.connect(settings: setting(4, 0))
      }
      for connection in connections {
        for stream in stride(from: 1 as UInt32, to: 200, by: 2) {
          connection.say(call(unary, on: stream, asking(for: 1 << 20)))
        }
      }
      assault.hold(connections)
    },
    Attack("tiny-window", "answers taken byte by byte") { assault in
      guard let connection = assault.connect(settings: setting(4, 1)) else { return }
      for stream in stride(from: 1 as UInt32, to: 40, by: 2) {
        connection.say(call(output, on: stream, asking(for: 20, of: 60_000)))
      }
      while assault.goesOn, !connection.isClosed, connection.goAway == nil {
        connection.say((0..<20).flatMap { widen(1 + 2 * $0, by: 1) })
        assault.said(20)
        connection.hear(for: .milliseconds(1))
      }
      assault.note(connection)
    },
    Attack("hoard", "100 messages of 4 MiB that are never whole") { assault in
      let connections = (0..<assault.connections).compactMap { _ in assault.connect() }
      for connection in connections {
        for stream in stride(from: 1 as UInt32, to: 200, by: 2) {
          connection.say(open(unary, on: stream))
        }
      }
      var sent: [Int: Int] = [:]
      while assault.goesOn, connections.contains(where: { !$0.isClosed }) {
        for (index, connection) in connections.enumerated() {
          hoard(on: connection, index, &sent)
          connection.hear(for: .milliseconds(2))
        }
      }
      for connection in connections { assault.note(connection) }
    },
    Attack("small-messages", "messages of one byte for handlers that do not read on") { assault in
      let connections = (0..<assault.connections).compactMap { _ in assault.connect() }
      // The first message keeps the handler busy for a minute.
      let first = framed(asking(for: 1, of: 1, every: 60_000_000))
      let ones = (0..<2_700).flatMap { _ in framed([0x20]) }
      for connection in connections {
        for stream in stride(from: 1 as UInt32, to: 200, by: 2) {
          connection.say(open(duplex, on: stream))
          connection.say(Frame(.data, stream: stream, payload: first))
        }
        for _ in 0..<3 {
          for stream in stride(from: 1 as UInt32, to: 200, by: 2) {
            connection.say(Frame(.data, stream: stream, payload: ones))
          }
          connection.hear(for: .milliseconds(5))
        }
      }
      assault.hold(connections)
    },
    Attack("gzip-bomb", "messages that are a thousand times as large, inflated") { assault in
      let bomb = framed(Gzip.compress([UInt8](repeating: 0, count: 16 << 20)), compressed: true)
      let chunks = stride(from: 0, to: bomb.count, by: Frame.maximumPayload).map {
        Array(bomb.dropFirst($0).prefix(Frame.maximumPayload))
      }
      assault.begin()
      try rounds(assault, of: unary, [HeaderField("grpc-encoding", "gzip")], chunks)
    },
    Attack(
      "header-bomb", "one large entry of HPACK's table, named thousands of times",
      cutOff: .calm("header list")
    ) { assault in
      let entry =
        [0x40, 1, 0x78, 0x7f, 0xa1, 0x1e] + [UInt8](repeating: 0x61, count: 4000)
        + [UInt8](repeating: 0xbe, count: 12_000)
      while assault.goesOn {
        guard let connection = assault.connect() else { continue }
        for stream in stride(from: 1 as UInt32, to: 101, by: 2) where !connection.isClosed {
          connection.say(
            Frame(
              .headers, [.endHeaders, .endStream], stream: stream, payload: block(unary) + entry))
          assault.said(1)
          connection.hear(for: .milliseconds(1))
        }
        assault.note(connection)
      }
    },
    Attack("large-prefix", "messages that say to be of 4 GiB") { assault in
      try rounds(assault, of: unary, [], [[0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]])
    },
    Attack("slow-handlers", "calls of slow handlers whose callers are gone at once") { assault in
      while assault.goesOn {
        guard let connection = assault.connect() else { continue }
        var stream: UInt32 = 1
        while assault.goesOn, !connection.isClosed, connection.goAway == nil, stream < 4_000 {
          let streams = (0..<10 as Range<UInt32>).map { stream + 2 * $0 }
          connection.say(streams.flatMap { call(stubborn, on: $0) })
          sleep(milliseconds: 2)
          connection.say(streams.flatMap { reset($0) })
          stream += 20
          assault.said(20)
          connection.hear(for: .milliseconds(1))
        }
        assault.note(connection)
      }
    },
  ]

  /// Sends what the windows allow of each message, and never its last byte.
  private static func hoard(
    on connection: HostileConnection, _ index: Int, _ sent: inout [Int: Int]
  ) {
    let (initial, whole) = (65_535, 4 << 20)
    var room = initial + connection.widened[0, default: 0] - sent[index << 32, default: 0]
    for stream in stride(from: 1 as UInt32, to: 200, by: 2) {
      let key = index << 32 | Int(stream)
      let mine = sent[key, default: 0]
      let window = initial + connection.widened[stream, default: 0] - mine
      let count = min(room, window, whole - mine, Frame.maximumPayload)
      // The first frame has room for the prefix.
      guard count > (mine == 0 ? 4 : 0) else { continue }
      var payload = [UInt8](repeating: 0, count: count)
      if mine == 0 { payload.replaceSubrange(0..<5, with: [0, 0, 0x40, 0, 0]) }
      guard connection.say(Frame(.data, stream: stream, payload: payload)) else { return }
      sent[key] = mine + count
      sent[index << 32, default: 0] += count
      room -= count
    }
  }

  /// Calls with these parts of a body, again and again.
  private static func rounds(
    _ assault: Assault, of path: String, _ fields: [HeaderField], _ body: [[UInt8]]
  ) throws {
    while assault.goesOn {
      guard let connection = assault.connect() else { continue }
      var stream: UInt32 = 1
      while assault.goesOn, !connection.isClosed, connection.goAway == nil, stream < 100_000 {
        connection.say(open(path, on: stream, fields))
        for (index, part) in body.enumerated() {
          connection.say(
            Frame(.data, index == body.count - 1 ? .endStream : [], stream: stream, payload: part))
        }
        assault.said(1 + body.count)
        stream += 2
        connection.hear(for: .milliseconds(2))
      }
      assault.note(connection)
    }
  }
}
