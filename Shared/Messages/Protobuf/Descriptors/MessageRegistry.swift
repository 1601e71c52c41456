/// Message types by their full names: what an `Any` can be opened with.
package struct MessageRegistry: Sendable, ExpressibleByArrayLiteral {
  private var types: [String: any Message.Type]

  package init(_ types: [any Message.Type]) {
    self.types = [:]
    for type in types { self.types[type.messageName] = type }
  }

  package init(arrayLiteral types: any Message.Type...) { self.init(types) }

  /// The type of a full name, `google.rpc.ErrorInfo`.
  package subscript(name: String) -> (any Message.Type)? { types[name] }
}
