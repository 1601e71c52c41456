internal import HTTP2
internal import Protobuf
internal import RPC
internal import RPCServer

/// What callers may cost a server: every limit of its configuration is a setting of every service,
/// and the code's default is the setting's.
package enum LimitSettings {
  package static let maxReceiveMessage = Setting<Int>.bytes(
    "max-receive-message", default: text(\.maxReceiveMessageBytes), in: 1...(1 << 30),
    help: "The largest message taken.")
  package static let maxSendMessage = Setting<Int>.bytes(
    "max-send-message", default: text(\.maxSendMessageBytes), in: 1...(1 << 30),
    help: "The largest message sent.")

  static let all = connections + streams + output + messages + times + lifetimes

  static let connections = [
    Limit.count(
      "max-connections", \.maxConnections, in: 1...1_000_000,
      "Open connections; more are closed at once."),
    Limit(FloodAllowance.setting) { allowances, configuration in
      for allowance in allowances { allowance.apply(to: &configuration.http2.allowances) }
    },
  ]

  /// More streams would pass what nghttp2 enforces by itself, which ends the connection.
  private static let streamsOfNghttp2 = 1_000

  static let streams = [
    Limit.count(
      "max-concurrent-streams", \.http2.maxConcurrentStreams, in: 1...streamsOfNghttp2,
      "Calls at once on one connection, and handlers that run for it."),
    Limit.bytes(
      "max-header-list", \.http2.maxHeaderListBytes, in: (1 << 10)...(1 << 20),
      "The largest headers of a call taken."),
    Limit.count(
      "max-header-fields", \.http2.maxHeaderFields, in: 10...10_000,
      "Header fields of a call, at most."),
    Limit.count(
      "max-continuations", \.http2.maxContinuations, in: 0...1_000,
      "CONTINUATION frames of one header block, at most."),
    Limit.bytes(
      "stream-window", \.http2.initialStreamWindow, in: (1 << 10)...(1 << 30),
      "What a caller may send on a call ahead of its handler."),
    Limit.bytes(
      "connection-window", \.http2.connectionWindow, in: (64 << 10)...(1 << 30),
      "The same for all calls of a connection."),
    Limit.bytes(
      "max-partial-messages", \.http2.maxPartialBytes, in: 0...(1 << 30),
      "Parts of messages kept for one connection; beyond, one call at a time may go on."),
  ]

  static let output = [
    Limit.bytes(
      "output-high-water", \.http2.outboundHighWater, in: (1 << 10)...(1 << 30),
      "What waits to be sent on a call when its handler has to wait."),
    Limit.bytes(
      "output-low-water", \.http2.outboundLowWater, in: 0...(1 << 30),
      "What is left of that when the handler goes on."),
    Limit.bytes(
      "connection-high-water", \.http2.connectionHighWater, in: (1 << 10)...(1 << 30),
      "What waits on a connection, beyond the mark of each call, when no further call is begun."),
    Limit.bytes(
      "max-response-header-list", \.http2.maxOutgoingHeaderListBytes, in: (1 << 10)...(1 << 20),
      "The largest headers of an answer; details that do not fit are left out."),
    Limit.bytes(
      "max-unread-output", \.maxUnreadBytes, in: (64 << 10)...(1 << 38),
      "What may wait on all connections, beyond output-high-water of each, for callers who do not "
        + "take it; who has taken nothing for a second gives way, the longest first."),
  ]

  static let messages = [
    Limit(maxReceiveMessage, \.maxReceiveMessageBytes),
    Limit(maxSendMessage, \.maxSendMessageBytes),
    Limit.count(
      "max-message-depth", \.decoding.depth, in: 1...1_000,
      "Messages inside one another in a message taken."),
    Limit.count(
      "max-message-elements", \.decoding.elements, in: 1...100_000_000,
      "Sub-messages, repeated elements and unknown fields of a message taken."),
    Limit.bytes(
      "max-message-memory", \.decoding.memory, in: (1 << 10)...(1 << 34),
      "What a message taken may occupy when it is decoded."),
  ]

  private static let briefly = Duration.milliseconds(100)...(.seconds(3600))
  private static let day = Duration.seconds(86_400)

  static let times = [
    Limit.time(
      "default-deadline", \.defaultDeadline, in: .milliseconds(1)...day,
      "The deadline of a unary call that names none."),
    Limit.time(
      "max-deadline", \.maxDeadline, in: .milliseconds(1)...day,
      "The longest deadline; streams that name none have it."),
    Limit.time(
      "greeting-timeout", \.greetingTimeout, in: briefly,
      "How long a new connection may take for TLS and its preface."),
    Limit.time(
      "header-timeout", \.headerTimeout, in: briefly,
      "How long a header block may take from its first frame to its last."),
    Limit.time(
      "output-timeout", \.outputTimeout, in: .milliseconds(100)...day,
      "How long output may wait for a caller who takes none of it."),
    Limit.time(
      "page-timeout", \.pageTimeout, in: briefly,
      "How long an HTTP/1.1 caller may take for a request, and for the next."),
  ]

  static let lifetimes = [
    Limit.time(
      "keepalive-time", \.lifetime.keepaliveTime, in: .seconds(1)...day,
      "A caller silent for so long is pinged."),
    Limit.time(
      "keepalive-timeout", \.lifetime.keepaliveTimeout, in: briefly,
      "How long the answer to a ping may take."),
    Limit.time(
      "min-ping-interval", \.lifetime.minPingInterval, in: .zero...day,
      "The shortest time between pings of a caller that are no strike."),
    Limit.count(
      "max-ping-strikes", \.lifetime.maxPingStrikes, in: 0...1_000_000,
      "Strikes that are forgiven; the next ends the connection."),
    Limit.optionalTime(
      "max-connection-idle", \.lifetime.maxIdle, "A connection without calls for so long is drained"
    ),
    Limit.optionalTime(
      "max-connection-age", \.lifetime.maxAge,
      "An older connection is drained, so that clients spread anew"),
    Limit.optionalTime(
      "max-connection-age-grace", \.lifetime.maxAgeGrace,
      "How long the calls of a connection that is too old may go on"),
  ]

  fileprivate static func text(_ path: KeyPath<ServerConfiguration, Int>) -> String {
    Quantity.text(bytes: ServerConfiguration()[keyPath: path])
  }
}

/// A setting, and where in the configuration its value goes.
struct Limit: Sendable {
  typealias Path<Value> = any WritableKeyPath<ServerConfiguration, Value> & Sendable

  let declaration: SettingDeclaration
  let apply: @Sendable (Settings, inout ServerConfiguration) -> Void

  init<Value>(
    _ setting: Setting<Value>,
    _ take: @escaping @Sendable (Value, inout ServerConfiguration) -> Void
  ) {
    declaration = setting.declaration
    apply = { settings, configuration in take(settings[setting], &configuration) }
  }

  init<Value>(_ setting: Setting<Value>, _ path: Path<Value>) {
    self.init(setting) { value, configuration in configuration[keyPath: path] = value }
  }

  static func count(
    _ name: String, _ path: Path<Int>, in range: ClosedRange<Int>, _ help: String
  ) -> Limit {
    let standard = ServerConfiguration()[keyPath: path]
    return Limit(.integer(name, default: standard, in: range, help: help), path)
  }

  static func bytes(
    _ name: String, _ path: Path<Int>, in range: ClosedRange<Int>, _ help: String
  ) -> Limit {
    Limit(.bytes(name, default: LimitSettings.text(path), in: range, help: help), path)
  }

  static func time(
    _ name: String, _ path: Path<Duration>, in range: ClosedRange<Duration>, _ help: String
  ) -> Limit {
    let standard = Quantity.text(ServerConfiguration()[keyPath: path])
    return Limit(.duration(name, default: standard, in: range, help: help), path)
  }

  /// None unless an operator sets one.
  static func optionalTime(_ name: String, _ path: Path<Duration?>, _ help: String) -> Limit {
    let setting = Setting<Duration>.duration(
      name, default: "0s", in: .zero...(.seconds(86_400)), help: "\(help); 0s means never.")
    return Limit(setting) { $1[keyPath: path] = $0 > .zero ? $0 : nil }
  }
}
