/// Finds the method a request asks for.
package struct Router: Sendable {
  private var methods: [String: ServerMethod] = [:]
  package private(set) var services: [ServiceDescriptor] = []
  private var observer: (any ServerObserver)?
  /// Asked for every method that is not here, by its path in ASCII: a proxy's way to serve methods
  /// it does not know. Nil leaves the refusal to the router.
  package var fallback: (@Sendable (_ path: String) throws(RPCError) -> ServerMethod?)?

  package init(_ services: [any RPCService]) {
    for service in services { add(service) }
  }

  package mutating func add(_ service: some RPCService) {
    services.append(type(of: service).service)
    for method in service.methods { add(method) }
  }

  package mutating func add(_ method: ServerMethod) { methods[method.name.path] = method }

  /// Has the calls of every method watched.
  package mutating func observe(by observer: any ServerObserver) {
    self.observer = observer
    for (path, method) in methods { methods[path]?.observer = observer.observer(of: method) }
  }

  /// Throws UNIMPLEMENTED, which names the method or the service.
  package func method(at path: ArraySlice<UInt8>) throws(RPCError) -> ServerMethod {
    // Swift holds strings equal that Unicode does; method names are bytes.
    guard path.allSatisfy({ $0 < 0x80 }) else {
      throw RPCError(.unimplemented, "the path is not /package.Service/Method")
    }
    let path = String(decoding: path, as: UTF8.self)
    if let method = methods[path] { return method }
    if var method = try fallback?(path) {
      method.observer = observer?.observer(of: method)
      return method
    }
    guard let name = MethodName(path: path) else {
      throw RPCError(.unimplemented, "the path is not /package.Service/Method")
    }
    let isKnown = methods.values.contains { $0.name.service == name.service }
    throw RPCError(
      .unimplemented,
      isKnown
        ? "service \(name.service) has no method \(name.method)"
        : "no service \(name.service) here")
  }
}
