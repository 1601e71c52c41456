package import RPC

/// What a program serves. A list of services is one.
package struct Serving: Sendable, ExpressibleByArrayLiteral {
  package var router: Router
  /// Health and reflection are added unless the program brings its own.
  package var bringsHealth = false
  package var bringsReflection = false
  /// Run inside those of the host, the first outermost.
  package var interceptors: [any ServerInterceptor] = []
  /// More pages beside the host's.
  package var pages: [String: Page] = [:]

  package init(_ services: [any RPCService] = []) { router = Router(services) }
  package init(arrayLiteral services: any RPCService...) { self.init(services) }
}
