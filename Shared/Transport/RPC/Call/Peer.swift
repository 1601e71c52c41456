/// Who is at the other end of the connection, as far as the transport knows.
package struct Peer: Sendable, Hashable {
  /// `192.0.2.1:50051`, `unix:`, or `in-process`.
  package let address: String
  /// The certificate the peer proved to hold, in DER; nil without mutual TLS.
  package let certificate: [UInt8]?

  package init(address: String, certificate: [UInt8]? = nil) {
    self.address = address
    self.certificate = certificate
  }
}
