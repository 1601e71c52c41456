import DynamicMessages
import Messages
import Protobuf
import RPC

/// Learns a server's services and types from itself (`grpc.reflection`).
struct Reflection {
  /// Versions of the service, the better first. Their messages have the same bytes.
  private static let methods: [MethodName] = [
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
  ]
  /// Files that one symbol may need.
  private static let filesMaximum = 1_000

  private typealias Request = GrpcReflectionV1.ServerReflectionRequest
  private typealias Response = GrpcReflectionV1.ServerReflectionResponse

  /// Full names, sorted.
  let services: [String]
  private let stream: any ClientStream

  init(_ session: Session) async throws {
    var failure: any Error = RPCError(.unimplemented, "the server has no reflection")
    for method in Self.methods {
      do {
        let stream = try await session.invoker.open(
          ClientRequest(method, .bidirectional, session.options))
        guard case .listServicesResponse(let list)? = try await Self.ask(stream, .listServices(""))
        else { throw RPCError(.internal, "reflection does not list the services") }
        self.stream = stream
        services = list.service.map(\.name).sorted()
        return
      } catch let error as RPCError where error.code == .unimplemented {
        failure = RPCError(.unimplemented, "the server has no reflection, so its types are unknown")
      }
    }
    throw failure
  }

  private static func ask(_ stream: any ClientStream, _ request: Request.MessageRequest)
    async throws -> Response.MessageResponse?
  {
    try await stream.send(
      MessageFrame(encoding: Request(messageRequest: request)), compress: false)
    guard let bytes = try await stream.nextMessage() else {
      throw RPCError(.internal, "reflection ended without an answer")
    }
    let answer = try Response(decoding: bytes).messageResponse
    if case .errorResponse(let error)? = answer {
      throw RPCError(
        StatusCode(rawValue: Int(error.errorCode)) ?? .unknown,
        "reflection: \(error.errorMessage)")
    }
    return answer
  }

  /// Adds the file that declares a symbol, and all that it imports.
  func learn(_ symbol: String, into pool: inout DescriptorPool) async throws {
    try await add(.fileContainingSymbol(symbol), to: &pool)
    var asked: Set<String> = []
    while let file = pool.missingFiles.subtracting(asked).min() {
      guard asked.count < Self.filesMaximum else {
        throw RPCError(.resourceExhausted, "\(symbol) needs more than \(asked.count) files")
      }
      asked.insert(file)
      // What a file imports and does not use may well be missing.
      try? await add(.fileByFilename(file), to: &pool)
    }
  }

  private func add(_ request: Request.MessageRequest, to pool: inout DescriptorPool) async throws {
    guard case .fileDescriptorResponse(let files)? = try await Self.ask(stream, request) else {
      throw RPCError(.internal, "reflection answers with no file")
    }
    for file in files.fileDescriptorProto { try pool.add(file) }
  }
}

/// A method that a person named: `package.Service/Method`, with a dot or a slash.
struct NamedMethod {
  let name: MethodName
  let type: ServiceType.Method

  init(_ text: String, _ reflection: Reflection, _ pool: inout DescriptorPool) async throws {
    let path = text.drop { $0 == "/" }
    guard let split = path.lastIndex(where: { $0 == "/" || $0 == "." }) else {
      throw UsageError("\(text) is no SERVICE/METHOD", advice: "cabildo describe lists them.")
    }
    let service = String(path[..<split])
    let method = String(path[path.index(after: split)...])
    guard reflection.services.contains(service) else {
      throw RPCError(
        .notFound, "no service \(service); there are \(reflection.services.joined(separator: ", "))"
      )
    }
    try await reflection.learn(service, into: &pool)
    guard let type = pool.service(service)?.method(method) else {
      throw RPCError(.notFound, "\(service) has no method \(method)")
    }
    name = MethodName(service: service, method: method)
    self.type = type
  }

  var kind: CallKind {
    switch (type.streamsInput, type.streamsOutput) {
    case (false, false): .unary
    case (true, false): .clientStreaming
    case (false, true): .serverStreaming
    case (true, true): .bidirectional
    }
  }
}
