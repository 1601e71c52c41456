import Foundation
import Peers
import Testing

/// protoc-gen-cabildo, run by protoc.
@Suite struct GeneratorTests {
  struct Run {
    let exitCode: Int32
    let errors: String
  }

  private func run(_ program: String, _ arguments: [String], environment: [String: String] = [:])
    throws -> Run
  {
    let process = Process.held()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Run(exitCode: process.terminationStatus, errors: output)
  }

  private func generate(_ proto: String, options: String = "module=M") throws -> Run {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try proto.write(to: folder.appending(path: "x.proto"), atomically: true, encoding: .utf8)
    let plugin = Repository.executable("protoc-gen-cabildo").path
    return try run(
      "protoc",
      [
        "--plugin=protoc-gen-cabildo=\(plugin)", "--cabildo_out=\(folder.path)",
        "--cabildo_opt=\(options)", "-I\(folder.path)", "-I/usr/include", "x.proto",
      ])
  }

  @Test(
    "What is not generated is refused, by name, with what to do instead",
    arguments: [
      (
        #"syntax = "proto2"; package p; message M { optional int32 a = 1; }"#,
        #"x.proto: proto2 is not generated; write syntax = "proto3""#
      ),
      (#"syntax = "proto3"; message M {}"#, "x.proto: a package is wanted"),
      (
        #"syntax = "proto3"; package p; message M { int32 a = 536870911; }"#,
        "x.proto: field p.M.a has the number 536870911, which the codec keeps for itself"
      ),
      (
        #"syntax = "proto3"; package p; message M { int32 hash_value = 1; int32 hashValue_ = 2; }"#,
        "JSON camel-case name"
      ),
      (
        #"syntax = "proto3"; package p; message M { message K {} oneof k { int32 a = 1; } }"#,
        "x.proto: in p.M, K and k would both be K in Swift; rename one of them"
      ),
      (
        #"syntax = "proto3"; package p; enum E { E_A_B = 0; E_aB = 1; }"#,
        "E_A_B and E_aB would both be aB in Swift"
      ),
      (
        #"""
        syntax = "proto3"; package p; import "google/protobuf/duration.proto";
        message M { google.protobuf.Duration a = 1; }
        """#,
        "google/protobuf/duration.proto is imported but not generated"
      ),
    ])
  func refused(proto: String, error: String) throws {
    let run = try generate(proto)
    #expect(run.exitCode != 0)
    #expect(run.errors.contains(error), "\(run.errors)")
  }

  @Test("Options are checked", arguments: ["", "modul=M", "module=M,import=x"])
  func options(options: String) throws {
    let run = try generate(#"syntax = "proto3"; package p; message M {}"#, options: options)
    #expect(run.exitCode != 0)
    #expect(run.errors.contains("option") || run.errors.contains("module=NAME"), "\(run.errors)")
  }

  @Test(
    "The committed code is what Protos/generate writes",
    .enabled(if: DifferentialTests.python != nil, "no Python: run compose/test"))
  func isCurrent() throws {
    let generate = Repository.root.appending(path: "Protos/generate").path
    let run = try run(
      generate, ["--check"],
      environment: [
        "CABILDO_PYTHON": try #require(DifferentialTests.python).path,
        "CABILDO_PROTOC_PLUGIN": Repository.executable("protoc-gen-cabildo").path,
      ])
    #expect(run.exitCode == 0, "\(run.errors)")
  }
}
