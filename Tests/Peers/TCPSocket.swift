import Glibc

/// A TCP connection to a port of this machine. Blocks its thread, never past a deadline.
package final class TCPSocket {
  package enum Failure: Error {
    case cannotConnect(port: UInt16, errno: CInt)
    /// The peer took no bytes, or gave none, until the deadline.
    case timedOut
    /// The peer reset the connection.
    case reset(errno: CInt)
  }

  private let descriptor: CInt
  /// Linux's POLLRDHUP, which glibc shows only to those who ask for GNU's names.
  private static let hangUp: CInt = 0x2000

  package init(port: UInt16) throws(Failure) {
    descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let status = unsafe withUnsafePointer(to: &address) { address in
      unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe connect(descriptor, address, size)
      }
    }
    guard status == 0 else {
      let reason = errno
      close(descriptor)
      throw .cannotConnect(port: port, errno: reason)
    }
    sendSegmentsAtOnce()
  }

  /// One that a listener took.
  init(accepted descriptor: CInt) {
    self.descriptor = descriptor
    sendSegmentsAtOnce()
  }

  deinit {
    close(descriptor)
  }

  package func write(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) throws(Failure) {
    var sent = 0
    while sent < bytes.count {
      try wait(for: POLLOUT, until: deadline)
      let count = unsafe bytes[sent...].withUnsafeBytes { rest in
        unsafe send(
          descriptor, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL | MSG_DONTWAIT))
      }
      if count < 0, errno == EAGAIN || errno == EINTR { continue }
      guard count >= 0 else { throw .reset(errno: errno) }
      sent += count
    }
  }

  /// Some bytes of the peer; empty when it has closed its side.
  package func read(until deadline: ContinuousClock.Instant) throws(Failure) -> [UInt8] {
    try wait(for: POLLIN, until: deadline)
    let descriptor = descriptor
    var failure: CInt = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
      let read = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
      failure = read < 0 ? errno : 0
      count = max(0, read)
    }
    guard failure == 0 else { throw .reset(errno: failure) }
    return bytes
  }

  /// Waits until the peer has closed its side, or reset, whatever of it is unread.
  package func waitForHangUp(until deadline: ContinuousClock.Instant) throws(Failure) {
    try wait(for: Self.hangUp, until: deadline)
  }

  /// Says that nothing more will be written; reading goes on.
  package func finishWriting() {
    _ = shutdown(descriptor, CInt(SHUT_WR))
  }

  /// Closes with RST instead of FIN when the object goes, as a crashed machine would look.
  package func resetOnClose() {
    set(SOL_SOCKET, SO_LINGER, to: linger(l_onoff: 1, l_linger: 0))
  }

  /// How little the kernel should buffer for this side, so that a reader that stops is felt.
  package func keepReceiveBuffer(atMost bytes: CInt) {
    set(SOL_SOCKET, SO_RCVBUF, to: bytes)
  }

  private func sendSegmentsAtOnce() {
    set(CInt(IPPROTO_TCP), TCP_NODELAY, to: CInt(1))
  }

  private func set<Value: BitwiseCopyable>(_ level: CInt, _ option: CInt, to value: Value) {
    var value = value
    _ = unsafe setsockopt(
      descriptor, level, option, &value, socklen_t(MemoryLayout<Value>.size))
  }

  private func wait(for events: CInt, until deadline: ContinuousClock.Instant) throws(Failure) {
    while true {
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero else { throw .timedOut }
      let milliseconds =
        left.components.seconds * 1000
        + left.components.attoseconds / 1_000_000_000_000_000 + 1
      var wanted = pollfd(fd: descriptor, events: Int16(events), revents: 0)
      let ready = unsafe poll(&wanted, 1, CInt(clamping: milliseconds))
      if ready > 0 { return }
      if ready < 0, errno != EINTR { throw .reset(errno: errno) }
    }
  }
}
