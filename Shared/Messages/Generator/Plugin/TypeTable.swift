/// Every message and enum that the generated files may name, by full name.
struct TypeTable {
  struct Entry {
    /// Complete, `GrpcTesting.LoadBalancerStatsResponse.RpcsByPeer`.
    let swiftName: String
    let module: String
    let message: MessageType?
    let enumeration: EnumType?
  }

  private var entries: [String: Entry] = [:]

  init(_ request: CodeGeneratorRequest, _ parameters: Parameters) throws(GeneratorError) {
    let own = Set(request.filesToGenerate)
    for file in request.files {
      guard own.contains(file.name) || isImported(file.name, by: own, request) else { continue }
      let module =
        own.contains(file.name)
        ? parameters.module : try parameters.module(ofImported: file.name)
      let namespace = Names.namespace(ofPackage: file.package)
      add(file.messages, file.enums, in: namespace, of: module)
    }
  }

  subscript(name: String) -> Entry { entries[name]! }

  /// A singular field of message `target` in message `holder` would make the holder contain
  /// itself: it must be kept apart.
  func closesCycle(from holder: String, to target: String) -> Bool {
    var seen: Set<String> = []
    var open = [target]
    while let name = open.popLast() {
      if name == holder { return true }
      guard seen.insert(name).inserted, let message = entries[name]?.message else { continue }
      for field in message.fields where field.label == .optional || field.oneof != nil {
        if case .message(let type) = field.type { open.append(type) }
      }
    }
    return false
  }

  private func isImported(
    _ file: String, by own: Set<String>, _ request: CodeGeneratorRequest
  ) -> Bool {
    request.files.contains { own.contains($0.name) && $0.dependencies.contains(file) }
      && file != "google/protobuf/descriptor.proto"
  }

  private mutating func add(
    _ messages: [MessageType], _ enums: [EnumType], in scope: String, of module: String
  ) {
    for type in enums {
      entries[type.fullName] = Entry(
        swiftName: "\(scope).\(Names.type(type.name))", module: module, message: nil,
        enumeration: type)
    }
    for type in messages {
      let name = "\(scope).\(Names.type(type.name))"
      entries[type.fullName] = Entry(
        swiftName: name, module: module, message: type, enumeration: nil)
      add(type.messages, type.enums, in: name, of: module)
    }
  }
}
