package import Messages
package import Protobuf

/// The `.proto` files of a server by everything a client may ask for.
package struct ReflectionIndex: Sendable {
  private let services: [String]
  private var files: [String: ProtoFile] = [:]
  private var fileOfSymbol: [String: String] = [:]
  private var extensions: [String: [Int32: String]] = [:]

  /// `services` are the names to list; a file given twice counts once.
  package init(services: [String], files: [ProtoFile]) {
    self.services = services.sorted()
    for file in files where self.files[file.name] == nil {
      self.files[file.name] = file
      for symbol in file.symbols { fileOfSymbol[symbol] = file.name }
      for declared in file.extensions {
        extensions[declared.extendee, default: [:]][declared.number] = file.name
      }
    }
  }

  /// Answers one request; what is not found is an answer too.
  package func answer(_ request: GrpcReflectionV1.ServerReflectionRequest)
    -> GrpcReflectionV1.ServerReflectionResponse
  {
    GrpcReflectionV1.ServerReflectionResponse(
      validHost: request.host, originalRequest: request,
      messageResponse: request.messageRequest.flatMap(response)
        ?? .errorResponse(.init(errorCode: 3, errorMessage: "the request asks for nothing")))
  }

  private func response(_ request: GrpcReflectionV1.ServerReflectionRequest.MessageRequest)
    -> GrpcReflectionV1.ServerReflectionResponse.MessageResponse
  {
    switch request {
    case .fileByFilename(let name): descriptors(of: files[name]?.name, "file \(name)")
    case .fileContainingSymbol(let symbol): descriptors(of: fileOfSymbol[symbol], symbol)
    case .fileContainingExtension(let wanted):
      descriptors(
        of: extensions[wanted.containingType]?[wanted.extensionNumber],
        "extension \(wanted.extensionNumber) of \(wanted.containingType)")
    case .allExtensionNumbersOfType(let type): extensionNumbers(of: type)
    case .listServices:
      .listServicesResponse(.init(service: services.map { .init(name: $0) }))
    }
  }

  /// A file and all it imports, so that one answer is enough.
  private func descriptors(of name: String?, _ what: String)
    -> GrpcReflectionV1.ServerReflectionResponse.MessageResponse
  {
    guard let name else { return notFound(what) }
    var wanted = [name]
    var taken: [String] = []
    while let next = wanted.popLast() {
      guard !taken.contains(next), let file = files[next] else { continue }
      taken.append(next)
      wanted += file.dependencies
    }
    return .fileDescriptorResponse(.init(fileDescriptorProto: taken.map { files[$0]!.bytes }))
  }

  private func extensionNumbers(of type: String)
    -> GrpcReflectionV1.ServerReflectionResponse.MessageResponse
  {
    guard fileOfSymbol[type] != nil else { return notFound(type) }
    let numbers = extensions[type].map { $0.keys.sorted() } ?? []
    return .allExtensionNumbersResponse(.init(baseTypeName: type, extensionNumber: numbers))
  }

  private func notFound(_ what: String)
    -> GrpcReflectionV1.ServerReflectionResponse.MessageResponse
  {
    .errorResponse(.init(errorCode: 5, errorMessage: "no \(what) here"))
  }
}
