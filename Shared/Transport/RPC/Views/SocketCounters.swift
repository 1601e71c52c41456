internal import Synchronization

/// What went over one connection, counted on its loop and read from anywhere.
package final class SocketCounters: Sendable {
  package let streams = CallCounters()
  private let messagesSent = Atomic<Int64>(0)
  private let messagesReceived = Atomic<Int64>(0)
  private let keepalivesSent = Atomic<Int64>(0)

  package init() {}

  package func sent(messages: Int) {
    if messages > 0 { messagesSent.wrappingAdd(Int64(messages), ordering: .relaxed) }
  }
  package func received(messages: Int) {
    if messages > 0 { messagesReceived.wrappingAdd(Int64(messages), ordering: .relaxed) }
  }
  package func sentKeepalive() { keepalivesSent.wrappingAdd(1, ordering: .relaxed) }

  package var counts: SocketCounts {
    SocketCounts(
      streams: streams.counts, messagesSent: messagesSent.load(ordering: .relaxed),
      messagesReceived: messagesReceived.load(ordering: .relaxed),
      keepalivesSent: keepalivesSent.load(ordering: .relaxed))
  }
}

package struct SocketCounts: Hashable, Sendable {
  package var streams: CallCounts
  package var messagesSent: Int64
  package var messagesReceived: Int64
  package var keepalivesSent: Int64

  package init(
    streams: CallCounts, messagesSent: Int64 = 0, messagesReceived: Int64 = 0,
    keepalivesSent: Int64 = 0
  ) {
    self.streams = streams
    self.messagesSent = messagesSent
    self.messagesReceived = messagesReceived
    self.keepalivesSent = keepalivesSent
  }
}

/// One live connection as an operator sees it (channelz's Socket).
package struct SocketSnapshot: Hashable, Sendable {
  package let number: EntityNumber
  /// Host and port, or the path of a socket file; nil where the system does not say.
  package let local: String?
  package let remote: String?
  /// The version of TLS, as `TLSv1.3`; nil in plaintext.
  package let security: String?
  package let counts: SocketCounts

  package init(
    number: EntityNumber, local: String?, remote: String?, security: String?, counts: SocketCounts
  ) {
    self.number = number
    self.local = local
    self.remote = remote
    self.security = security
    self.counts = counts
  }
}
