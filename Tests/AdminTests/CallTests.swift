import Foundation
import Peers
import Protobuf
import RPC
import Testing
import WellKnown

/// `cabildo call` and `describe`: methods of any server, by reflection.
@Suite(.serialized) struct CallTests {
  private static let service = "grpc.testing.TestService"

  struct Case: Sendable, CustomTestStringConvertible {
    let kind: String
    let method: String
    let data: String
    let output: String
    var testDescription: String { kind }
  }

  @Test(
    "All four kinds of methods are called with JSON",
    arguments: [
      Case(
        kind: "unary", method: "UnaryCall", data: #"{"responseSize": 3}"#,
        output: #"{"payload":{"body":"AAAA"}}"# + "\n"),
      Case(
        kind: "server streaming", method: "StreamingOutputCall",
        data: #"{"responseParameters": [{"size": 1}, {"size": 2}]}"#,
        output: #"{"payload":{"body":"AA=="}}"# + "\n" + #"{"payload":{"body":"AAA="}}"# + "\n"),
      Case(
        kind: "client streaming", method: "StreamingInputCall",
        data: "{\"payload\":{\"body\":\"AAAA\"}}\n\n{\"payload\":{\"body\":\"AAA=\"}}",
        output: #"{"aggregatedPayloadSize":5}"# + "\n"),
      Case(
        kind: "bidirectional", method: "FullDuplexCall",
        data:
          "{\"responseParameters\":[{\"size\":1}]}\r\n{\"responseParameters\":[{\"size\":2}]}\n",
        output: #"{"payload":{"body":"AA=="}}"# + "\n" + #"{"payload":{"body":"AAA="}}"# + "\n"),
      Case(kind: "nothing given", method: "EmptyCall", data: "", output: "{}\n"),
    ])
  func fourKinds(_ test: Case) async throws {
    let served = try await ServedCLI()
    let cli = served.cli
    let call = ["call", "\(Self.service)/\(test.method)", "-o", "jsonl"]
    guard !test.data.isEmpty else {
      return #expect(try await cli.run(call).output == test.output)
    }
    let inline = try await cli.run(call + ["-d", test.data])
    let fromInput = try await cli.run(call + ["--data", "@-"], input: test.data)
    let fromFile = try await cli.run(call + ["-d", "@" + cli.file("data", test.data)])
    for result in [inline, fromInput, fromFile] {
      #expect(result.output == test.output)
      #expect(result.errors == "")
      #expect(result.code == 0)
    }
  }

  @Test("A bidirectional call answers while more is still to come")
  func answersBetween() async throws {
    let served = try await ServedCLI()
    let pipe = Pipe()
    let process = Process.held()
    process.executableURL = CLI.program
    process.arguments = ["call", "\(Self.service)/FullDuplexCall", "-d", "@-", "-o", "jsonl"]
    process.environment = served.cli.environment
    let answers = Pipe()
    process.standardInput = pipe
    process.standardOutput = answers
    try process.run()
    let line = #"{"responseParameters":[{"size":1}]}"# + "\n"
    for _ in 0..<3 {
      try pipe.fileHandleForWriting.write(contentsOf: Data(line.utf8))
      let answer = try answers.fileHandleForReading.read(upToCount: 28)
      #expect(answer == Data((#"{"payload":{"body":"AA=="}}"# + "\n").utf8))
    }
    try pipe.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test(
    "A method may be named in three ways",
    arguments: [
      "grpc.testing.TestService/EmptyCall", "/grpc.testing.TestService/EmptyCall",
      "grpc.testing.TestService.EmptyCall",
    ])
  func names(_ name: String) async throws {
    let served = try await ServedCLI()
    #expect(try await served.cli.run(["call", name]).output == "{}\n")
  }

  @Test(
    "What is wrong is told in a sentence, before anything is sent",
    arguments: [
      (
        "grpc.testing.TestService/UnaryCall", #"{"responseSize": "x"}"#, 4,
        #"responseSize: "x" is no number"#
      ),
      (
        "grpc.testing.TestService/UnaryCall", #"{"payload": {"bdy": ""}}"#, 4,
        "payload.bdy: grpc.testing.Payload has no such field"
      ),
      ("grpc.testing.TestService/UnaryCall", #"{"a"#, 4, "the JSON ends too early"),
      ("grpc.testing.TestService/StreamingInputCall", "{}\n{\"x\": 1}", 4, "line 2.x: "),
      (
        "grpc.testing.TestService/Nothing", "{}", 3,
        "grpc.testing.TestService has no method Nothing"
      ),
      ("no.Service/Nothing", "{}", 3, "no service no.Service; there are grpc.health.v1.Health, "),
      ("UnaryCall", "{}", 2, "UnaryCall is no SERVICE/METHOD"),
      ("grpc.testing.TestService/UnaryCall", "@/no/file", 2, "the file /no/file cannot be read"),
      ("grpc.testing.TestService/UnimplementedCall", "{}", 1, "unimplemented"),
    ] as [(String, String, Int32, String)])
  func wrong(_ method: String, _ data: String, _ code: Int32, _ words: String) async throws {
    let served = try await ServedCLI()
    let result = try await served.cli.run(["call", method, "-d", data])
    #expect(result.code == code)
    #expect(result.output == "")
    #expect(result.errors.hasPrefix("cabildo: "))
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test("A file of JSON lines is streamed, a message each")
  func longStream() async throws {
    let served = try await ServedCLI()
    let line = #"{"payload":{"body":""# + String(repeating: "A", count: 1_000) + "\"}}\n"
    let path = try served.cli.file("lines", String(repeating: line, count: 5_000))
    let result = try await served.cli.run(
      ["call", "\(Self.service)/StreamingInputCall", "-d", "@\(path)", "-o", "jsonl"])
    #expect(result.output == "{\"aggregatedPayloadSize\":3750000}\n", "\(result.errors)")
  }

  @Test("A server is described as its .proto declares it")
  func describe() async throws {
    let served = try await ServedCLI()
    let list = try await served.cli.run(["describe"])
    #expect(list.output.hasPrefix("METHOD\tREQUEST\tRESPONSE\n"))
    #expect(
      list.output.contains(
        "grpc.testing.TestService/StreamingOutputCall\tgrpc.testing.StreamingOutputCallRequest"
          + "\tstream grpc.testing.StreamingOutputCallResponse\n"))
    let service = try await served.cli.run(["describe", "grpc.health.v1.Health"])
    #expect(
      service.output == """
        service grpc.health.v1.Health {
          rpc Check(grpc.health.v1.HealthCheckRequest) returns (grpc.health.v1.HealthCheckResponse);
          rpc List(grpc.health.v1.HealthListRequest) returns (grpc.health.v1.HealthListResponse);
          rpc Watch(grpc.health.v1.HealthCheckRequest) \
        returns (stream grpc.health.v1.HealthCheckResponse);
        }

        """)
    let message = try await served.cli.run(["describe", "grpc.health.v1.HealthListResponse"])
    #expect(
      message.output == """
        message grpc.health.v1.HealthListResponse {
          map<string, grpc.health.v1.HealthCheckResponse> statuses = 1;
        }

        """)
    #expect(try await served.cli.run(["describe", "no.Such"]).code == 3)
  }

  @Test("A method, and in rows the parts of a type, are described")
  func describeParts() async throws {
    let served = try await ServedCLI()
    let method = try await served.cli.run(["describe", "grpc.testing.TestService/EmptyCall"])
    #expect(
      method.output == """
        rpc EmptyCall(grpc.testing.Empty) returns (grpc.testing.Empty);

        """)
    let fields = try await served.cli.run(
      ["describe", "grpc.testing.EchoStatus", "-o", "csv"])
    #expect(
      fields.output
        == "field,type,number,oneof,comment\r\ncode,int32,1,,\r\nmessage,string,2,,\r\n")
    let status = try await served.cli.run(
      ["describe", "grpc.health.v1.HealthCheckResponse.ServingStatus", "-o", "csv"])
    #expect(status.output.contains("\r\nSERVING,1,\r\n"), "\(status.output)")
  }

  @Test("A register says itself what the parts of its records mean")
  func describeRegister() async throws {
    let register = try await LiveRegister(demonstration: false)
    let member = try await register.succeed("describe", "cabildo.membership.v1.Member")
    for declaration in [
      "// A government, association or organization in the register.\nmessage cabildo.member",
      "  // Required, in one language at least.\n  cabildo.type.v1.LocalizedText display_name = 5;",
      "    // The decision or document that says so.\n    string document = 4;",
      "    // The application was turned down.\n    REJECTED = 6;",
    ] { #expect(member.contains(declaration), "\(declaration) in \(member)") }
  }

  @Test("Labels, maps, oneofs and types inside types are described as they were declared")
  func describeEverything() async throws {
    let served = try await ServedCLI()
    let text = try await served.cli.run(["describe", "cabildo.testing.v1.Everything"]).output
    for declaration in [
      "  optional sint64 optional_sint64 = 26;", "  repeated double unpacked_double = 60;",
      "  map<string, cabildo.testing.v1.Everything.Nested> nested_values = 90;",
      "  oneof choice {\n    int32 int32_choice = 101;",
      "  message Nested {\n    int32 number = 1;",
      "      enum Type {\n        TYPE_UNSPECIFIED = 0;",
    ] { #expect(text.contains(declaration), "\(declaration)") }
  }

  @Test("A foreign server with the older reflection alone is called and described")
  func foreignServer() async throws {
    let server = try Program(Repository.python, [Repository.script("reflection_server.py")])
    let cli = try CLI(server: try await server.line(after: "listening on "))
    let check = try await cli.run(
      ["call", "grpc.health.v1.Health/Check", "-d", #"{"service": "old.Service"}"#, "-o", "jsonl"])
    #expect(check.output == #"{"status":"NOT_SERVING"}"# + "\n", "\(check.errors)")
    let old = try await cli.run(["describe", "google.protobuf.FieldDescriptorProto"])
    #expect(old.output.contains("  optional int32 number = 3;"), "a type of proto2: \(old.output)")
    #expect(old.output.contains("    TYPE_GROUP = 10;"))
  }
}
