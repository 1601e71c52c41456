import Glibc

/// A TCP port of this machine on which a test plays the server. Blocks its thread, never past a
/// deadline.
package final class TCPListener: Sendable {
  package enum Failure: Error { case cannotListen(errno: CInt) }

  package let port: UInt16
  private let descriptor: CInt

  /// Listens on a free port of `address`, by default 127.0.0.1.
  package init(port: UInt16 = 0, address: UInt32 = 0x7f00_0001) throws(Failure) {
    descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    var reuse: CInt = 1
    _ = unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<CInt>.size))
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    place.sin_addr.s_addr = in_addr_t(address).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let status = unsafe withUnsafeMutablePointer(to: &place) { place in
      unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
        guard unsafe bind(descriptor, place, size) == 0, listen(descriptor, 512) == 0 else {
          return CInt(-1)
        }
        return unsafe getsockname(descriptor, place, &size)
      }
    }
    guard status == 0 else {
      let reason = errno
      close(descriptor)
      throw .cannotListen(errno: reason)
    }
    self.port = UInt16(bigEndian: place.sin_port)
  }

  deinit { close(descriptor) }

  /// The next connection; nil when none comes in time, or the listener was stopped.
  package func accept(until deadline: ContinuousClock.Instant) -> TCPSocket? {
    while true {
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero else { return nil }
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = unsafe poll(&wanted, 1, CInt(clamping: Int(left / .milliseconds(1)) + 1))
      guard ready > 0 else { continue }
      let accepted = Glibc.accept(descriptor, nil, nil)
      if accepted >= 0 { return TCPSocket(accepted: accepted) }
      if errno != EINTR && errno != ECONNABORTED { return nil }
    }
  }

  /// Accepts no more: one who waits in `accept` is told so.
  package func stop() { _ = shutdown(descriptor, CInt(SHUT_RDWR)) }
}
