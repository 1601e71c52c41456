package import RPC

/// What a program serves. A list of services is one.
package struct Serving: Sendable, ExpressibleByArrayLiteral {
  package var router: Router
  /// Health and reflection are added unless the program brings its own.
  package var bringsHealth = false
  package var bringsReflection = false
  /// Whose call it is the host finds out, and refuses bad tokens. A proxy may leave that to those
  /// behind it.
  package var authenticates = true
  /// Run inside those of the host, the first outermost.
  package var interceptors: [any ServerInterceptor] = []
  /// More pages beside the host's.
  package var pages: [String: Page] = [:]

  package init(_ services: [any RPCService] = []) { router = Router(services) }
  package init(arrayLiteral services: any RPCService...) { self.init(services) }
}
