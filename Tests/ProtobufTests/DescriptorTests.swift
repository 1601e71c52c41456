import Foundation
import Peers
import Protobuf
import TestMessages
import Testing
import WellKnown

/// The embedded descriptors, against those that protoc makes of the same files.
@Suite struct DescriptorTests {
  static let files = WellKnownRegistry.files + TestMessagesRegistry.files

  @Test("A file's descriptor names the file, its imports and its symbols")
  func everything() throws {
    let file = try #require(Self.files.first { $0.name == "cabildo/testing/v1/everything.proto" })
    #expect(file.dependencies.contains("google/protobuf/any.proto"))
    for symbol in [
      "cabildo.testing.v1.Everything", "cabildo.testing.v1.Everything.int32_value",
      "cabildo.testing.v1.Everything.choice", "cabildo.testing.v1.Everything.Nested.Deeper",
      "cabildo.testing.v1.Colour", "cabildo.testing.v1.COLOUR_RED",
      "cabildo.testing.v1.Everything.Nested.Deeper.TYPE_1ST",
    ] {
      #expect(file.symbols.contains(symbol), "\(symbol)")
    }
    let test = try #require(Self.files.first { $0.name == "grpc/testing/test.proto" })
    #expect(test.symbols.contains("grpc.testing.TestService"))
    #expect(test.symbols.contains("grpc.testing.TestService.UnaryCall"))
  }

  @Test("The embedded bytes are protoc's own, without positions")
  func descriptors() throws {
    let output = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: output) }
    let process = Process.held()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "protoc", "-I/usr/share/grpc-proto", "-I/usr/include", "--include_imports",
      "--descriptor_set_out=\(output.path)", "grpc/testing/test.proto",
      "google/protobuf/struct.proto", "google/protobuf/any.proto",
    ]
    try process.run()
    process.waitUntilExit()
    let set = [UInt8](try Data(contentsOf: output))
    for name in [
      "grpc/testing/test.proto", "grpc/testing/messages.proto", "google/protobuf/struct.proto",
      "google/protobuf/any.proto",
    ] {
      let file = try #require(Self.files.first { $0.name == name })
      #expect(Data(set).range(of: Data(file.bytes)) != nil, "\(name)")
    }
  }

  @Test("A registry has every message of its module under its full name")
  func registries() {
    let registry = MessageRegistry(TestMessagesRegistry.messages + WellKnownRegistry.messages)
    for name in [
      "grpc.testing.SimpleRequest", "cabildo.testing.v1.Everything.Nested.Deeper",
      "google.protobuf.Any", "google.rpc.BadRequest.FieldViolation",
    ] {
      #expect(registry[name]?.messageName == name)
    }
    #expect(registry["grpc.testing.Nope"] == nil)
  }
}
