import Glibc

/// A TCP port of this machine that nobody listened on a moment ago, for programs that must be told
/// one before they start.
package func freePort() -> UInt16 {
  let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let status = unsafe withUnsafeMutablePointer(to: &address) { address in
    unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
      let bound = unsafe bind(descriptor, address, size)
      return unsafe bound == 0 ? getsockname(descriptor, address, &size) : bound
    }
  }
  precondition(status == 0, "no port is free")
  return UInt16(bigEndian: address.sin_port)
}
