internal import HTTP2
internal import NIOCore
internal import RPC
internal import Sockets

// What a connection keeps for a peer that does not take it, as one among the server's.

extension ServerConnection {
  /// Whether a message may be queued.
  func hasRoom(for bytes: Int) -> Bool {
    session.queuedBytes + bytes <= configuration.http2.outboundHighWater
      || registry.output.hasRoom(for: bytes)
  }

  /// Whether calls wait until the peer has taken some of what is queued.
  var holdsCalls: Bool {
    isCrowded || ((reportedUnread > 0 || isTurnedAway) && registry.output.isTight)
  }

  /// What a call hears whose answer finds no room.
  func turnAway() -> RPCError {
    isTurnedAway = true
    registry.output.turnAway(entry.number)
    registry.watchOutput(on: executor.loop)
    return .outputFull
  }

  /// To be called whenever more or less waits.
  func reportUnread() {
    let unread = max(0, session.queuedBytes - configuration.http2.outboundHighWater)
    guard unread != reportedUnread, context != nil else { return }
    reportedUnread = unread
    registry.output.report(unread, of: entry.number, at: now)
    if registry.output.isTight { registry.watchOutput(on: executor.loop) }
  }
}

extension ConnectionRegistry {
  private static let lookPeriod = OutputBudget.patience / 4

  /// Ends, for as long as room is short, those who have stalled the longest.
  func watchOutput(on loop: any EventLoop) {
    guard output.beginWatching() else { return }
    loop.scheduleTask(in: TimeAmount(Self.lookPeriod)) { [self] in
      for number in output.overdue(at: .now) { order(.giveWay, to: number) }
      output.endWatching()
      guard !output.isTight else { return watchOutput(on: loop) }
      for number in output.takeTurnedAway() { order(.goOn, to: number) }
    }
  }
}

extension RPCError {
  static let outputFull = RPCError(
    .resourceExhausted,
    "the server keeps as much for callers who do not take it as it may (max-unread-output)"
  ).reason("OUTPUT_FULL")
}
