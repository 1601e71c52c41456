import Messages
import Protobuf
import RPC
import Testing

/// Health and reflection on the wire, as grpcio's packages write them.
@Suite struct StandardMessagesTests {
  @Test(
    "Health's messages are the same bytes as grpcio-health-checking's",
    arguments: [
      (GrpcHealthV1.HealthCheckRequest(service: "a.B") as any Message, "0a03612e42"),
      (GrpcHealthV1.HealthCheckResponse(status: .serviceUnknown), "0803"),
      (GrpcHealthV1.HealthListRequest(), ""),
      (
        GrpcHealthV1.HealthListResponse(statuses: ["a.B": .init(status: .notServing)]),
        "0a090a03612e4212020802"
      ),
    ])
  func health(message: any Message, hex: String) throws {
    try expectSame(message, hex)
  }

  @Test(
    "Reflection's messages are the same bytes as grpcio-reflection's",
    arguments: [
      (
        GrpcReflectionV1.ServerReflectionRequest(
          host: "h", messageRequest: .fileContainingSymbol("a.B")) as any Message,
        "0a01682203612e42"
      ),
      (
        GrpcReflectionV1alpha.ServerReflectionRequest(
          messageRequest: .fileContainingExtension(
            .init(containingType: "a.B", extensionNumber: 7))),
        "2a070a03612e421007"
      ),
      (
        GrpcReflectionV1.ServerReflectionResponse(
          validHost: "h",
          messageResponse: .listServicesResponse(.init(service: [.init(name: "a.B")]))),
        "0a016832070a050a03612e42"
      ),
      (
        GrpcReflectionV1.ServerReflectionResponse(
          originalRequest: .init(messageRequest: .listServices("")),
          messageResponse: .errorResponse(.init(errorCode: 5, errorMessage: "no"))),
        "12023a003a06080512026e6f"
      ),
      (
        GrpcReflectionV1alpha.ServerReflectionResponse(
          messageResponse: .fileDescriptorResponse(.init(fileDescriptorProto: [[1], []]))),
        "22050a01010a00"
      ),
    ])
  func reflection(message: any Message, hex: String) throws {
    try expectSame(message, hex)
  }

  private func expectSame<M: Message>(_ message: M, _ hex: String) throws {
    let digits = hex.compactMap(\.hexDigitValue)
    let bytes = stride(from: 0, to: digits.count, by: 2).map {
      UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
    #expect(message.encoded() == bytes)
    #expect(try M(decoding: bytes) == message)
    #expect(try M(json: message.jsonString()) == message)
  }

  @Test("Health has Check, List and Watch, of the right kinds")
  func healthMethods() {
    #expect(GrpcHealthV1.HealthMethods.check.name.path == "/grpc.health.v1.Health/Check")
    #expect(GrpcHealthV1.HealthMethods.check.kind == .unary)
    #expect(GrpcHealthV1.HealthMethods.list.kind == .unary)
    #expect(GrpcHealthV1.HealthMethods.watch.kind == .serverStreaming)
    #expect(
      GrpcReflectionV1alpha.ServerReflectionMethods.serverReflectionInfo.kind == .bidirectional)
  }

  @Test("The module's files and messages are registered")
  func registry() {
    let files = Dictionary(
      uniqueKeysWithValues: MessagesRegistry.files.map { ($0.name, $0.symbols) })
    let standard: Set = [
      "grpc/health/v1/health.proto", "grpc/reflection/v1/reflection.proto",
      "grpc/reflection/v1alpha/reflection.proto", "grpc/channelz/v1/channelz.proto",
    ]
    #expect(standard.isSubset(of: files.keys))
    #expect(files.keys.filter { !standard.contains($0) }.allSatisfy { $0.hasPrefix("cabildo/") })
    let names = Set(MessagesRegistry.messages.map { $0.messageName })
    #expect(names.contains("grpc.health.v1.HealthListResponse"))
    #expect(names.contains("grpc.reflection.v1alpha.ServerReflectionRequest"))
    #expect(files["grpc/health/v1/health.proto"]?.contains("grpc.health.v1.Health.List") == true)
  }
}
