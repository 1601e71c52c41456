/// One way to hurt a server, by name.
///
///     attacker NAME --port P --seconds S [--connections N]
///
/// The server is one of ours or of somebody else; the calls are those of grpc's interop service.
package struct Attack: Sendable, CustomStringConvertible {
  package let name: String
  package let says: String
  package var description: String { name }
  /// How a server of ours answers; nil where it goes on.
  package let cutOff: CutOff?
  let body: @Sendable (Assault) throws -> Void

  package enum CutOff: Sendable, Hashable {
    /// GOAWAY with ENHANCE_YOUR_CALM, and a reason that holds these words.
    case calm(String)
    /// GOAWAY with another error.
    case error(UInt32)
    /// Closed without words, or after a time.
    case closed
  }

  init(
    _ name: String, _ says: String, cutOff: CutOff? = nil,
    _ body: @escaping @Sendable (Assault) throws -> Void
  ) {
    self.name = name
    self.says = says
    self.cutOff = cutOff
    self.body = body
  }

  package static let all = floods + silences + hoards

  package static func named(_ name: String) -> Attack? { all.first { $0.name == name } }

  /// Attacks until the time is over and says what came of it.
  package func run(port: UInt16, seconds: Double, connections: Int) throws -> Outcome {
    let assault = Assault(port: port, seconds: seconds, connections: connections)
    try body(assault)
    return assault.outcome
  }
}

/// An attack under way: its target, its time, and what comes of it.
package final class Assault {
  package let port: UInt16
  package let connections: Int
  package private(set) var outcome = Outcome()
  private let time: Duration
  private var deadline: ContinuousClock.Instant

  init(port: UInt16, seconds: Double, connections: Int) {
    self.port = port
    self.connections = connections
    time = .seconds(seconds)
    deadline = .now + time
  }

  /// The time counts from here, where making ready took some.
  func begin() { deadline = .now + time }

  var goesOn: Bool { .now < deadline }
  var left: Duration { max(.zero, ContinuousClock.now.duration(to: deadline)) }

  /// Connects and greets; nil when the server does not take it.
  func connect(settings: [UInt8] = [], receiveBuffer: CInt? = nil) -> HostileConnection? {
    guard
      let connection = try? HostileConnection.started(
        port: port, settings: settings, receiveBuffer: receiveBuffer)
    else {
      outcome.refused += 1
      return nil
    }
    outcome.connections += 1
    return connection
  }

  /// Connects and says nothing; nil when the server does not take it.
  func connectSilently() -> HostileConnection? {
    guard let connection = try? HostileConnection(port: port) else {
      outcome.refused += 1
      return nil
    }
    outcome.connections += 1
    return connection
  }

  /// Notes how a connection ended.
  func note(_ connection: HostileConnection) {
    if connection.isClosed || connection.goAway != nil { outcome.cutOff += 1 }
    if let goAway = connection.goAway { outcome.goAway = goAway }
    outcome.resets.merge(connection.resets) { $0 + $1 }
    outcome.ended += connection.endedStreams
  }

  func said(_ frames: Int) { outcome.frames += frames }

  /// Holds connections until the time is over, hearing what comes to each.
  func hold(_ connections: [HostileConnection], reads: Bool = true) {
    while goesOn, connections.contains(where: { !$0.isClosed }) {
      if reads { for connection in connections { connection.hear(for: .milliseconds(1)) } }
      Attack.sleep(milliseconds: 20)
    }
    for connection in connections {
      connection.hear(for: .milliseconds(1))
      note(connection)
    }
  }
}

/// What came of an attack.
package struct Outcome: Sendable, CustomStringConvertible {
  package var connections = 0
  /// Connections that were not taken.
  package var refused = 0
  package var cutOff = 0
  package var frames = 0
  package var ended = 0
  package var resets: [UInt32: Int] = [:]
  package var goAway: HostileConnection.Farewell?

  package var description: String {
    let resets = resets.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
    return "connections=\(connections) refused=\(refused) cut_off=\(cutOff) frames=\(frames) "
      + "ended=\(ended) resets=\(resets.joined(separator: ",")) "
      + "go_away=\(goAway.map { "\($0.code) \($0.reason)" } ?? "none")"
  }
}
