import Peers
import RPC
import RPCClient
import TestMessages

/// grpc's interop cases by their published names.
enum InteropCase: String, CaseIterable {
  case emptyUnary = "empty_unary"
  case largeUnary = "large_unary"
  case clientCompressedUnary = "client_compressed_unary"
  case serverCompressedUnary = "server_compressed_unary"
  case clientStreaming = "client_streaming"
  case clientCompressedStreaming = "client_compressed_streaming"
  case serverStreaming = "server_streaming"
  case serverCompressedStreaming = "server_compressed_streaming"
  case pingPong = "ping_pong"
  case emptyStream = "empty_stream"
  case cancelAfterBegin = "cancel_after_begin"
  case cancelAfterFirstResponse = "cancel_after_first_response"
  case timeoutOnSleepingServer = "timeout_on_sleeping_server"
  case customMetadata = "custom_metadata"
  case statusCodeAndMessage = "status_code_and_message"
  case specialStatusMessage = "special_status_message"
  case unimplementedMethod = "unimplemented_method"
  case unimplementedService = "unimplemented_service"
  case rpcSoak = "rpc_soak"
  case channelSoak = "channel_soak"

  func run(on channel: RPCChannel, _ connector: Connector, _ flags: Flags) async throws {
    let unary = UnaryCases(GrpcTesting.TestServiceClient(channel))
    let streaming = StreamingCases(GrpcTesting.TestServiceClient(channel))
    switch self {
    case .emptyUnary: try await unary.empty()
    case .largeUnary: try await unary.large()
    case .clientCompressedUnary: try await unary.clientCompressed()
    case .serverCompressedUnary: try await unary.serverCompressed()
    case .clientStreaming: try await streaming.client()
    case .clientCompressedStreaming: try await streaming.clientCompressed()
    case .serverStreaming: try await streaming.server()
    case .serverCompressedStreaming: try await streaming.serverCompressed()
    case .pingPong: try await streaming.pingPong()
    case .emptyStream: try await streaming.emptyStream()
    case .cancelAfterBegin: try await streaming.cancelAfterBegin()
    case .cancelAfterFirstResponse: try await streaming.cancelAfterFirstResponse()
    case .timeoutOnSleepingServer: try await streaming.timeout()
    case .customMetadata:
      try await unary.customMetadata()
      try await streaming.customMetadata()
    case .statusCodeAndMessage:
      try await unary.status("test status message")
      try await streaming.status("test status message")
    case .specialStatusMessage:
      try await unary.status("\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n")
    case .unimplementedMethod: try await unary.unimplementedMethod()
    case .unimplementedService: try await unary.unimplementedService(channel)
    case .rpcSoak: try await Soak(flags).run { try await $0(channel) }
    case .channelSoak:
      try await Soak(flags).run { call in
        let fresh = try connector.open()
        try await call(fresh)
        await fresh.shutdown(grace: .seconds(1))
      }
    }
  }
}

/// What a case did not expect.
struct Unexpected: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

func expect<Value: Equatable>(_ got: Value, _ wanted: Value, _ what: String) throws {
  guard got == wanted else { throw Unexpected("\(what): \(got), expected \(wanted)") }
}

/// Runs a call that must fail with that code, and message if one is given.
func expectFailure(
  _ code: StatusCode, _ message: String? = nil, _ call: () async throws -> Void
) async throws {
  do {
    try await call()
  } catch let error as RPCError {
    try expect(error.code, code, "code (\(error.message))")
    if let message { try expect(error.message, message, "message") }
    return
  }
  throw Unexpected("succeeded, expected \(code.name)")
}

/// The sizes of grpc's cases, in bytes.
enum Sizes {
  static let largeRequest = 271_828
  static let largeResponse = 314_159
  static let requests = [27_182, 8, 1_828, 45_904]
  static let responses = [31_415, 9, 2_653, 58_979]
}

extension GrpcTesting.Payload {
  static func zeros(_ count: Int) -> GrpcTesting.Payload {
    GrpcTesting.Payload(body: [UInt8](repeating: 0, count: count))
  }
}

func expectZeros(_ payload: GrpcTesting.Payload?, _ count: Int) throws {
  try expect(payload?.body == [UInt8](repeating: 0, count: count), true, "\(count) zeros")
}

/// The metadata that a server echoes, and what has to come back of it.
enum EchoedMetadata {
  static let sent: Metadata = {
    var metadata: Metadata = ["x-grpc-test-echo-initial": "test_initial_metadata_value"]
    metadata.add(binary: "x-grpc-test-echo-trailing-bin", [0xab, 0xab, 0xab])
    return metadata
  }()

  static func check(initial: Metadata, trailing: Metadata) throws {
    try expect(
      initial["x-grpc-test-echo-initial"], "test_initial_metadata_value", "initial metadata")
    try expect(
      trailing[binary: "x-grpc-test-echo-trailing-bin"], [0xab, 0xab, 0xab], "trailing metadata")
  }
}
