import Messages
import Protobuf
import RPC
import StandardServices
import Testing

@testable import cabildo_gateway

/// Reflection of several services as if they were one server.
@Suite struct ReflectionTests {
  private typealias Request = GrpcReflectionV1.ServerReflectionRequest
  private typealias Response = GrpcReflectionV1.ServerReflectionResponse

  private static func file(
    _ name: String, _ symbols: [String], importing dependencies: [String] = [],
    extensions: [ProtoFile.Extension] = [], _ mark: String
  ) -> ProtoFile {
    ProtoFile(
      name: name, dependencies: dependencies, symbols: symbols, extensions: extensions
    ) { Array("\(name) \(mark)".utf8) }
  }

  /// A service with files of its own and one that several have.
  private static func upstream(_ name: String, version: String = "v1alpha and v1") -> Upstream {
    let index = ReflectionIndex(
      services: ["\(name).v1.Service", "grpc.health.v1.Health", "elsewhere.v1.Service"],
      files: [
        file(
          "\(name).proto", ["\(name).v1.Service", "\(name).v1.M"], importing: ["common.proto"],
          extensions: [.init(extendee: "common.Extended", number: Int32(name.utf8.count))], name),
        file("common.proto", ["common.Extended"], "of all"),
      ])
    var router = Router([])
    if version.contains("v1alpha") { router.add(ReflectionAlphaService(index)) }
    if version.hasSuffix("v1") { router.add(ReflectionService(index)) }
    return Upstream(
      name: name, prefix: "\(name).", target: name, invoker: InProcessChannel(router))
  }

  /// One that nobody answers for.
  private static let away = Upstream(
    name: "away", prefix: "away.", target: "away", invoker: InProcessChannel(Router([])))

  private static let whole = WholeReflection(
    Routes([
      upstream("one"), away, upstream("three", version: "v1alpha"),
      Upstream(notSetUp: "finance", prefix: "finance."),
    ]))

  private func answer(_ request: Request.MessageRequest) async -> Response.MessageResponse? {
    let request = Request(host: "h", messageRequest: request)
    let response = await Self.whole.answer(request)
    #expect(response.originalRequest == request)
    #expect(response.validHost == "h")
    return response.messageResponse
  }

  private func files(_ request: Request.MessageRequest) async -> [String]? {
    guard case .fileDescriptorResponse(let files) = await answer(request) else { return nil }
    return files.fileDescriptorProto.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test("The services of all who answer are listed once, those that calls reach and no others")
  func list() async {
    guard case .listServicesResponse(let list) = await answer(.listServices("")) else {
      Issue.record("no list")
      return
    }
    #expect(
      list.service.map(\.name) == [
        "grpc.channelz.v1.Channelz", "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
        "one.v1.Service", "three.v1.Service",
      ])
  }

  @Test("A symbol is asked of the service it belongs to, whichever version of reflection it has")
  func symbols() async {
    #expect(
      await files(.fileContainingSymbol("one.v1.M")) == ["one.proto one", "common.proto of all"])
    #expect(
      await files(.fileContainingSymbol("three.v1.Service")) == [
        "three.proto three", "common.proto of all",
      ])
    #expect(await files(.fileByFilename("three.proto"))?.first == "three.proto three")
  }

  @Test("What several have comes once")
  func shared() async {
    #expect(await files(.fileByFilename("common.proto")) == ["common.proto of all"])
    #expect(await files(.fileContainingSymbol("common.Extended")) == ["common.proto of all"])
  }

  @Test("The gateway's own services are its own")
  func own() async throws {
    let files = try #require(await files(.fileContainingSymbol("grpc.health.v1.Health.Check")))
    #expect(files.count == 1)
    #expect(files[0].contains("grpc/health/v1/health.proto"))
  }

  @Test("Extensions are found wherever they are declared, their numbers together")
  func extensions() async {
    #expect(
      await files(
        .fileContainingExtension(.init(containingType: "common.Extended", extensionNumber: 5)))?
        .first == "three.proto three")
    guard
      case .allExtensionNumbersResponse(let numbers) = await answer(
        .allExtensionNumbersOfType("common.Extended"))
    else {
      Issue.record("no numbers")
      return
    }
    #expect(numbers.extensionNumber == [3, 5])
    #expect(numbers.baseTypeName == "common.Extended")
  }

  @Test(
    "What nobody has is not found, what is away is unavailable",
    arguments: [
      (Request.MessageRequest.fileContainingSymbol("nowhere.M"), StatusCode.notFound),
      (.fileContainingSymbol("one.v1.Nothing"), .notFound),
      (.fileByFilename("nothing.proto"), .notFound),
      (.fileContainingSymbol("away.v1.M"), .unavailable),
      (.fileContainingSymbol("finance.v1.M"), .unavailable),
      (.allExtensionNumbersOfType("nowhere.M"), .notFound),
    ] as [(GrpcReflectionV1.ServerReflectionRequest.MessageRequest, StatusCode)])
  func errors(
    request: GrpcReflectionV1.ServerReflectionRequest.MessageRequest, code: StatusCode
  ) async {
    guard case .errorResponse(let error) = await answer(request) else {
      Issue.record("no error")
      return
    }
    #expect(error.errorCode == Int32(code.rawValue))
  }

  @Test("A service that has become another is seen as it is now")
  func upgraded() async throws {
    let old = ReflectionIndex(
      services: ["test.v1.S"], files: [Self.file("s.proto", ["test.v1.S"], "old")])
    let new = ReflectionIndex(
      services: ["test.v1.S", "test.v2.S"],
      files: [Self.file("s.proto", ["test.v1.S", "test.v2.S"], "new")])
    let isNew = Notes<Void>()
    let method = ServerMethod(
      GrpcReflectionV1.ServerReflectionMethods.serverReflectionInfo.name, .bidirectional
    ) { call in
      for try await request in RequestStream<GrpcReflectionV1.ServerReflectionRequest>(call) {
        let index = isNew.all.isEmpty ? old : new
        try await call.stream.send(MessageFrame(encoding: index.answer(request)))
      }
    }
    try await withGateway([method]) { gateway in
      let client = GrpcReflectionV1.ServerReflectionClient(gateway.client)
      let call = try await client.serverReflectionInfo(CallOptions(timeout: .seconds(20)))
      func ask(_ question: GrpcReflectionV1.ServerReflectionRequest.MessageRequest) async throws
        -> GrpcReflectionV1.ServerReflectionResponse.MessageResponse?
      {
        try await call.send(.init(messageRequest: question))
        return try await call.responses.next()?.messageResponse
      }
      guard case .errorResponse = try await ask(.fileContainingSymbol("test.v2.S")) else {
        Issue.record("known before its time")
        return
      }
      isNew.add(())
      let answer = try await ask(.fileContainingSymbol("test.v2.S"))
      #expect(
        answer == .fileDescriptorResponse(.init(fileDescriptorProto: [Array("s.proto new".utf8)])))
    }
  }
}
