/// A method ready to serve: its name and what to do with a call of it.
package struct ServerMethod: Sendable {
  package typealias Handler = @Sendable (ServerCall) async throws -> Void

  package let name: MethodName
  package let kind: CallKind
  package let handler: Handler
  /// Who watches its calls, in a server that was given an observer.
  package internal(set) var observer: (any MethodObserver)?

  /// A handler on the level of undecoded messages, as a proxy wants it.
  package init(_ name: MethodName, _ kind: CallKind, _ handler: @escaping Handler) {
    self.name = name
    self.kind = kind
    self.handler = handler
  }

  package static func unary<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    _ body: @escaping @Sendable (Request, CallContext) async throws -> Response
  ) -> ServerMethod {
    ServerMethod(method.name, method.kind) { call in
      try await call.answer(with: try await body(try await call.soleMessage(), call.context))
    }
  }

  package static func serverStreaming<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    _ body:
      @escaping @Sendable (Request, ResponseWriter<Response>, CallContext) async throws ->
      Void
  ) -> ServerMethod {
    ServerMethod(method.name, method.kind) { call in
      try await body(try await call.soleMessage(), ResponseWriter(call), call.context)
    }
  }

  package static func clientStreaming<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    _ body: @escaping @Sendable (RequestStream<Request>, CallContext) async throws -> Response
  ) -> ServerMethod {
    ServerMethod(method.name, method.kind) { call in
      try await call.answer(with: try await body(RequestStream(call), call.context))
    }
  }

  package static func bidirectional<Request, Response>(
    _ method: MethodDescriptor<Request, Response>,
    _ body:
      @escaping @Sendable (RequestStream<Request>, ResponseWriter<Response>, CallContext)
      async throws -> Void
  ) -> ServerMethod {
    ServerMethod(method.name, method.kind) { call in
      try await body(RequestStream(call), ResponseWriter(call), call.context)
    }
  }
}
