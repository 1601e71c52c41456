internal import Glibc
internal import Messages
internal import RPC
internal import WellKnown

// From what is seen of connections to channelz's messages.

extension GrpcChannelzV1.Server {
  init(_ server: ServerSnapshot) {
    self.init(
      ref: .init(serverId: server.number.rawValue),
      data: GrpcChannelzV1.ServerData(
        callsStarted: server.calls.started, callsSucceeded: server.calls.succeeded,
        callsFailed: server.calls.failed,
        lastCallStartedTimestamp: server.calls.lastStarted.map { .init(momentOf: $0) }),
      listenSocket: server.listening.map { .init($0) })
  }
}

extension GrpcChannelzV1.SocketRef {
  init(_ socket: SocketSnapshot) {
    self.init(
      socketId: socket.number.rawValue, name: socket.remote ?? socket.local ?? "")
  }
}

extension GrpcChannelzV1.Socket {
  init(_ socket: SocketSnapshot, isServers: Bool) {
    let counts = socket.counts
    let last = counts.streams.lastStarted.map { GoogleProtobuf.Timestamp(momentOf: $0) }
    var data = GrpcChannelzV1.SocketData(
      streamsStarted: counts.streams.started, streamsSucceeded: counts.streams.succeeded,
      streamsFailed: counts.streams.failed, messagesSent: counts.messagesSent,
      messagesReceived: counts.messagesReceived, keepAlivesSent: counts.keepalivesSent)
    if isServers {
      data.lastRemoteStreamCreatedTimestamp = last
    } else {
      data.lastLocalStreamCreatedTimestamp = last
    }
    self.init(
      ref: .init(socket), data: data, local: socket.local.map { .init(text: $0) },
      remote: socket.remote.map { .init(text: $0) },
      security: socket.security.map { version in
        GrpcChannelzV1.Security(model: .tls(.init(cipherSuite: .otherName(version))))
      })
  }
}

extension GrpcChannelzV1.Address {
  /// `127.0.0.1:50051`, `[::1]:50051`, `unix:/path`.
  init(text: String) {
    guard !text.hasPrefix("unix:") else {
      let path = String(text.dropFirst("unix:".count))
      self.init(address: .udsAddress(.init(filename: path)))
      return
    }
    if let (bytes, port) = Self.ip4(text) {
      self.init(address: .tcpipAddress(.init(ipAddress: bytes, port: port)))
    } else {
      self.init(address: .otherAddress(.init(name: text)))
    }
  }

  private static func ip4(_ text: String) -> ([UInt8], Int32)? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let port = Int32(parts[1]) else { return nil }
    let bytes = parts[0].split(separator: ".", omittingEmptySubsequences: false)
      .compactMap { UInt8($0) }
    return bytes.count == 4 ? (bytes, port) : nil
  }
}

extension GrpcChannelzV1.Channel {
  init(_ channel: ChannelSnapshot) {
    self.init(
      ref: .init(channelId: channel.number.rawValue, name: channel.target),
      data: .init(channel.target, channel.state, channel.calls, channel.trace),
      subchannelRef: channel.subchannels.map { .init($0) })
  }
}

extension GrpcChannelzV1.SubchannelRef {
  fileprivate init(_ subchannel: SubchannelSnapshot) {
    self.init(subchannelId: subchannel.number.rawValue, name: "\(subchannel.endpoint)")
  }
}

extension GrpcChannelzV1.Subchannel {
  init(_ subchannel: SubchannelSnapshot) {
    self.init(
      ref: .init(subchannel),
      data: .init(
        "\(subchannel.endpoint)", subchannel.state, subchannel.calls, subchannel.trace),
      socketRef: subchannel.sockets.map { .init($0) })
  }
}

extension GrpcChannelzV1.ChannelData {
  fileprivate init(
    _ target: String, _ state: Connectivity, _ calls: CallCounts, _ trace: EventTrace
  ) {
    self.init(
      state: .init(state: .init(state)), target: target, trace: .init(trace),
      callsStarted: calls.started, callsSucceeded: calls.succeeded, callsFailed: calls.failed,
      lastCallStartedTimestamp: calls.lastStarted.map { .init(momentOf: $0) })
  }
}

extension GrpcChannelzV1.ChannelConnectivityState.State {
  fileprivate init(_ state: Connectivity) {
    self =
      switch state {
      case .idle: .idle
      case .connecting: .connecting
      case .ready: .ready
      case .transientFailure: .transientFailure
      case .shutdown: .shutdown
      }
  }
}

extension GrpcChannelzV1.ChannelTrace {
  fileprivate init(_ trace: EventTrace) {
    self.init(
      numEventsLogged: trace.total, creationTimestamp: .init(momentOf: trace.created),
      events: trace.events.map { event in
        GrpcChannelzV1.ChannelTraceEvent(
          description: event.text, severity: .init(event.severity),
          timestamp: .init(momentOf: event.at))
      })
  }
}

extension GrpcChannelzV1.ChannelTraceEvent.Severity {
  fileprivate init(_ severity: EventTrace.Event.Severity) {
    self =
      switch severity {
      case .info: .ctInfo
      case .warning: .ctWarning
      case .error: .ctError
      }
  }
}

extension GoogleProtobuf.Timestamp {
  private static let nanosecondsPerSecond: Int64 = 1_000_000_000

  /// When a moment of the clock that never goes back was, by the one that people read.
  fileprivate init(momentOf instant: ContinuousClock.Instant) {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    let ago = instant.duration(to: .now).components
    let moment =
      (Int64(now.tv_sec) - ago.seconds) * Self.nanosecondsPerSecond + Int64(now.tv_nsec)
      - ago.attoseconds / Self.nanosecondsPerSecond
    let nanos = moment % Self.nanosecondsPerSecond
    self.init(seconds: moment / Self.nanosecondsPerSecond, nanos: Int32(nanos))
  }
}
