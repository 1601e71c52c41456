import Foundation
import Peers
import Testing

/// Health and reflection as foreign clients use them.
@Suite(.serialized) struct StandardServicesTests {
  private func buf(_ port: UInt16, _ flags: [String], _ path: String) async throws
    -> (exitCode: Int32?, output: String)
  {
    try await Program.run(
      Repository.pythonProgram("buf"),
      ["curl", "--protocol", "grpc", "--http2-prior-knowledge"] + flags
        + ["http://127.0.0.1:\(port)\(path)"])
  }

  @Test(
    "buf curl calls a method it knows by reflection alone", arguments: ["grpc-v1", "grpc-v1alpha"])
  func bufCurl(version: String) async throws {
    let server = try await Program.interopServer(.ours)
    let reflection = ["--reflect", "--reflect-protocol", version]
    let answer = try await buf(
      server.port, reflection + ["--data", #"{"responseSize": 3}"#],
      "/grpc.testing.TestService/UnaryCall")
    #expect(answer.exitCode == 0)
    #expect(answer.output.contains(#""body": "AAAA""#), "\(answer.output)")
    let methods = try await buf(server.port, reflection + ["--list-methods"], "")
    #expect(methods.output.contains("grpc.testing.TestService/FullDuplexCall"))
    #expect(methods.output.contains("grpc.health.v1.Health/List"))
  }

  @Test("buf curl tells a status")
  func bufCurlStatus() async throws {
    let server = try await Program.interopServer(.ours)
    let answer = try await buf(
      server.port,
      ["--reflect", "--data", #"{"responseStatus": {"code": 5, "message": "nobody ñandú"}}"#],
      "/grpc.testing.TestService/UnaryCall")
    #expect(answer.exitCode == 40, "8 times NOT_FOUND's number")
    #expect(answer.output.contains("nobody ñandú"))
  }

  @Test(
    "grpcio's own clients of health and reflection", arguments: ["health", "reflection", "details"])
  func grpcioClients(part: String) async throws {
    let server = try await Program.interopServer(.ours)
    let result = try await Program.run(
      Repository.python, [Repository.script("standard_services.py"), "\(server.port)", part])
    #expect(result.exitCode == 0, "\(result.output)")
    #expect(result.output.hasSuffix("\(part): passed\n"))
  }

  @Test("The Python client of Protos/README.md")
  func writtenClient() async throws {
    let server = try await Program.interopServer(.ours)
    let document = try Repository.text(of: "Protos/README.md")
    let code = document.split(separator: "```python\n")[1].split(separator: "```")[0]
    let program = code.replacing("localhost:8080", with: "127.0.0.1:\(server.port)")
    #expect(code.split(separator: "\n").count <= 10)
    let result = try await Program.run(Repository.python, ["-c", String(program)])
    #expect(result.output == "SERVING\n")
  }
}
