import Foundation
import Peers
import Testing

/// The rules of the house that the compiler does not keep.
@Suite struct TidyTests {
  static let longestFile = 400
  static let longestFunction = 50
  static let longestLine = 100

  @Test("The project's files are found") func filesAreFound() {
    #expect(SourceFile.all.count > 50)
  }

  @Test("A file fits in the head, a line on the screen", arguments: SourceFile.swift())
  func sizes(file: SourceFile) throws {
    let lines = try file.lines()
    #expect(lines.count - 1 <= Self.longestFile, "\(file.path) has \(lines.count - 1) lines")
    for (number, line) in zip(1..., lines) where line.count > Self.longestLine {
      // The manifest's lines are rows of a map.
      guard file.path != "Package.swift" else { continue }
      Issue.record("\(file.path):\(number) has \(line.count) columns")
    }
  }

  @Test("A function is no longer than a page", arguments: SourceFile.swift())
  func functionLength(file: SourceFile) throws {
    for function in Function.all(in: try file.lines()) where function.length > Self.longestFunction
    {
      Issue.record("\(file.path):\(function.line) \(function.name) has \(function.length) lines")
    }
  }

  @Test("Nothing is public: package is what others may call", arguments: SourceFile.swift())
  func nothingIsPublic(file: SourceFile) throws {
    let declarations =
      "func|var|let|struct|class|enum|protocol|init|actor|import|extension|typealias|static|final"
    let word = try Regex(#"(^|[^\w"`])public\s+(\w+\s+)*(\#(declarations))\b"#)
    for (number, line) in zip(1..., try file.lines()) where line.firstMatch(of: word) != nil {
      Issue.record("\(file.path):\(number) writes public")
    }
  }

  @Test("No leftovers", arguments: SourceFile.all.filter { !$0.isGenerated })
  func leftovers(file: SourceFile) throws {
    let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
    guard let lines = try? file.lines() else { return }
    let mark = try Regex("(//|#|<!--|/\\*).*\\b(\(marks.joined(separator: "|")))\\b")
    for (number, line) in zip(1..., lines) where line.firstMatch(of: mark) != nil {
      Issue.record("\(file.path):\(number) leaves something to do")
    }
  }

  @Test("No machine and no registry is named", arguments: SourceFile.all)
  func nothingOfTheMachine(file: SourceFile) throws {
    let names = [
      "/wo" + "rk/", "/ro" + "ot/", "pypi." + "org", "deb.debian." + "org", "pythonhosted." + "org",
    ]
    guard let text = try? file.text() else { return }
    for name in names where text.contains(name) {
      Issue.record("\(file.path) names \(name)")
    }
  }

  @Test("The top level holds only what it may")
  func topLevel() {
    let allowed: Set = [
      "Package.swift", "Services", "Shared", "Protos", "Tests", "compose", "README.md", "LICENSE",
    ]
    let found = Set(
      SourceFile.all.compactMap { $0.path.split(separator: "/").first.map(String.init) })
    #expect(found.subtracting(allowed).filter { !$0.hasPrefix(".") }.isEmpty)
  }

  @Test("A path has no space", arguments: SourceFile.all)
  func pathsHaveNoSpace(file: SourceFile) {
    #expect(!file.path.contains(" "))
  }

  @Test("Every .proto has its generated pair", arguments: SourceFile.protos)
  func protosAreGenerated(proto: SourceFile) {
    let parts = proto.path.dropLast(".proto".count).split(separator: "/")
    let folders = parts.drop { $0 != "Protos" }.dropFirst()
    let stem = folders.joined(separator: ".")
    let generated = SourceFile.all.filter(\.isGenerated).map(\.path)
    #expect(generated.contains { $0.hasSuffix("/Swift/\(stem).pb.swift") })
    #expect(generated.contains { $0.hasSuffix("/C/\(stem).pb.c") })
  }
}

extension SourceFile {
  static var protos: [SourceFile] { all.filter { $0.path.hasSuffix(".proto") } }
}
