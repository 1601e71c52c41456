/// The names that a certificate is valid for (RFC 6125, section 6.4).
package enum CertificateName {
  /// Whether a DNS name of a certificate covers a host. `*` stands for one whole label, the
  /// leftmost.
  package static func covers(_ pattern: String, host: String) -> Bool {
    let pattern = labels(pattern)
    let host = labels(host)
    guard pattern.count == host.count, !host.contains("") else { return false }
    if pattern[0] == "*" { return host.count > 2 && pattern.dropFirst() == host.dropFirst() }
    return pattern == host
  }

  /// In lower case; the dot of a fully qualified name is no label.
  private static func labels(_ name: String) -> [Substring] {
    var name = name.lowercased()
    if name.hasSuffix(".") { name.removeLast() }
    return name.split(separator: ".", omittingEmptySubsequences: false)
  }
}
