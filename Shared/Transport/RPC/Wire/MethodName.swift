/// The full name of a method: `/package.Service/Method` on the wire.
package struct MethodName: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  /// As on the wire, with the leading slash.
  package let path: String

  package init(service: String, method: String) {
    path = "/\(service)/\(method)"
  }

  /// The `:path` of a request; nil unless it has exactly the two parts.
  package init?(path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isEmpty, !parts[1].isEmpty, !parts[2].isEmpty else {
      return nil
    }
    self.path = path
  }

  package init(stringLiteral path: String) {
    guard let name = MethodName(path: path) else {
      preconditionFailure("\(path) is not /package.Service/Method")
    }
    self = name
  }

  package var service: String {
    String(path.dropFirst().prefix { $0 != "/" })
  }

  package var method: String {
    String(path[path.index(after: path.lastIndex(of: "/")!)...])
  }

  package var description: String { path }
}
