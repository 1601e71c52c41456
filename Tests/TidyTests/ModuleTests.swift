import Foundation
import Peers
import Testing

/// Who may import whom, where the manifest cannot say it.
@Suite struct ModuleTests {
  @Test(
    "Only what moves bytes knows sockets", arguments: SourceFile.swift(under: "Shared", "Services"))
  func pureModules(file: SourceFile) throws {
    let edges = ["Sockets", "RPCServer", "RPCClient"]
    guard !edges.contains(where: { file.path.hasPrefix("Shared/Transport/\($0)/") }) else { return }
    let imported = try file.importedModules()
    #expect(imported.filter { $0.hasPrefix("NIO") } == [], "\(file.path) is pure")
  }

  @Test(
    "The modules of values do without Foundation",
    arguments: SourceFile.swift(under: "Shared", "Services"))
  func noFoundation(file: SourceFile) throws {
    let pure = [
      "Shared/Transport/HTTP2/", "Shared/Transport/RPC/", "Shared/Messages/Protobuf/",
      "Shared/Messages/WellKnown/", "Shared/Messages/DynamicMessages/",
      "Shared/Vocabulary/", "Shared/ResourceAPI/",
    ]
    guard pure.contains(where: file.path.hasPrefix) || file.path.contains("/Domain/") else {
      return
    }
    #expect(try file.importedModules().filter { $0.hasPrefix("Foundation") } == [])
  }

  @Test("A domain imports nothing but the vocabulary", arguments: SourceFile.domains)
  func domainsArePure(file: SourceFile) throws {
    #expect(try file.importedModules().allSatisfy { $0 == "Vocabulary" })
  }

  @Test(
    "A C library is imported only by the module that wraps it",
    arguments: [
      ("CNghttp2", "Shared/Transport/HTTP2/"), ("CZlib", "Shared/Transport/RPC/"),
      ("CProtobuf", "Shared/Messages/"), ("CSQLite", "Shared/Storage/"),
    ])
  func cIsWrapped(library: String, home: String) throws {
    var users = 0
    for file in SourceFile.swift() {
      guard try file.importedModules().contains(library) else { continue }
      users += 1
      #expect(file.path.hasPrefix(home), "\(file.path) imports \(library)")
    }
    #expect(users > 0, "nobody imports \(library)")
  }
}

extension SourceFile {
  static var domains: [SourceFile] {
    swift(under: "Services").filter { $0.path.contains("/Domain/") }
  }
}
