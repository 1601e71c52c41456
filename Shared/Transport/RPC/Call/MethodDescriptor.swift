package import Protobuf

/// How many messages go each way.
package enum CallKind: Sendable, Hashable {
  case unary, clientStreaming, serverStreaming, bidirectional
}

/// What the `.proto` promises about calling a method twice (`idempotency_level`).
package enum Idempotency: Sendable, Hashable {
  case unknown, idempotent, noSideEffects
}

/// One method of a service and the types of its messages.
package struct MethodDescriptor<Request: Message, Response: Message>: Sendable {
  package let name: MethodName
  package let kind: CallKind
  package let idempotency: Idempotency

  package init(_ name: MethodName, _ kind: CallKind, _ idempotency: Idempotency = .unknown) {
    self.name = name
    self.kind = kind
    self.idempotency = idempotency
  }
}

/// A service as its `.proto` describes it.
package struct ServiceDescriptor: Sendable {
  /// Full name, `grpc.health.v1.Health`.
  package let name: String
  /// The file that declares it, as `protoc` names it, `grpc/health/v1/health.proto`.
  package let file: String
  package let methods: [MethodName]

  package init(name: String, file: String, methods: [MethodName]) {
    self.name = name
    self.file = file
    self.methods = methods
  }
}

/// What generated code makes of a service for the one who implements it.
package protocol RPCService: Sendable {
  static var service: ServiceDescriptor { get }
  var methods: [ServerMethod] { get }
}
