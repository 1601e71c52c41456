import HTTP2
import Peers
import RPC
import RPCServer
import Testing

@testable import ServiceRuntime

/// Every limit of a server is a setting, and the table of `Protos/README.md` says which and how
/// much.
@Suite struct LimitSettingsTests {
  struct Row: CustomTestStringConvertible {
    let name: String
    let standard: String
    let flag: String
    var testDescription: String { name }
  }

  static let rows: [Row] = {
    let text = (try? Repository.text(of: "Protos/README.md")) ?? ""
    let head = "| name | default | flag | what it bounds |\n|---|---|---|---|\n"
    let table = text.split(separator: head).dropFirst().first ?? ""
    return table.split(separator: "\n", omittingEmptySubsequences: false)
      .prefix { $0.hasPrefix("| ") }.map { line in
        let cells = line.split(separator: " | ").map { String($0.replacing("`", with: "")) }
        return Row(
          name: String(cells[0].dropFirst(2)), standard: cells[1],
          flag: String(cells[2].trimmingPrefix("--")))
      }
  }()

  /// The most that a status says is no matter of a server's.
  static let fixed = ["ResponseHeaders.maxMessageBytes"]
  /// Floods have a table of their own.
  static let elsewhere = ["flood-allowance"]

  private static func settings(_ flags: [String] = []) throws -> Settings {
    let invocation = try Invocation(flags, toggles: [], hasStore: false)
    let declarations = StandardSettings.declarations(listen: "127.0.0.1:0")
    return try SettingsReader(declarations, prefix: "CABILDO_TEST_")
      .read(flags: invocation.flags, environment: [:])
  }

  @Test("A row's flag is a setting whose default is the row's", arguments: rows)
  func defaults(row: Row) throws {
    if Self.fixed.contains(row.name) { return #expect(row.flag == "fixed") }
    let declaration = try #require(
      LimitSettings.all.first { $0.declaration.name == row.flag }?.declaration, "no --\(row.flag)")
    let text = try #require(declaration.defaultText)
    let standard = row.standard.replacing(",", with: "")
    switch declaration.placeholder {
    case "BYTES": #expect(Quantity.bytes(text) == Int(standard))
    case "DURATION":
      let time = standard == "none" ? "0s" : standard.replacing(" ", with: "")
      #expect(Quantity.duration(text) == Quantity.duration(time))
    default: #expect(text == standard)
    }
  }

  @Test("Every setting of a limit has its row")
  func everyRow() {
    let flags = Set(Self.rows.map(\.flag))
    #expect(Self.rows.count > 25)
    let settings = Set(LimitSettings.all.map(\.declaration.name)).subtracting(Self.elsewhere)
    #expect(settings.symmetricDifference(flags) == ["fixed"])
  }

  /// What a configuration holds, by the names of its values.
  private static func values(_ configuration: ServerConfiguration) -> [String: String] {
    let parts: [Any] = [
      configuration, configuration.http2, configuration.decoding, configuration.lifetime,
    ]
    return Dictionary(
      parts.flatMap { Mirror(reflecting: $0).children }.compactMap { child in
        child.label.map { ($0, "\(child.value)") }
      }, uniquingKeysWith: { first, _ in first })
  }

  private static let plain = values(ServerConfiguration())

  @Test("Where nothing is set, the limits are the code's")
  func untouched() throws {
    #expect(Self.values(try ServerConfiguration(Self.settings())) == Self.plain)
  }

  /// Another value than the default, that every limit takes.
  static func other(_ declaration: SettingDeclaration) -> String {
    switch declaration.placeholder {
    case "BYTES": declaration.name == "output-low-water" ? "17KiB" : "77KiB"
    case "DURATION": "7s"
    case "N": "97"
    default: "ping=7/5"
    }
  }

  @Test(
    "A setting changes what its row names, and nothing else",
    arguments: LimitSettings.all.map(\.declaration.name))
  func changes(flag: String) throws {
    let limit = try #require(LimitSettings.all.first { $0.declaration.name == flag })
    let set = try ServerConfiguration(
      Self.settings(["--\(flag)=\(Self.other(limit.declaration))"]))
    let changed = Self.values(set).filter { $0.value != Self.plain[$0.key] }.keys
    // The parts are values of the whole as well.
    let names = Set(changed).subtracting(["http2", "decoding", "lifetime"])
    guard !Self.elsewhere.contains(flag) else { return #expect(names == ["allowances"]) }
    // What is decoded is bounded by what is received.
    #expect(names == Set(Self.rows.filter { $0.flag == flag && $0.name != "bytes" }.map(\.name)))
  }

  @Test("Allowances of floods are set one by one")
  func floods() throws {
    let set = try ServerConfiguration(
      Self.settings(["--flood-allowance=ping=7/5", "--flood-allowance", "settings=3/0"]))
    var allowances = FloodGuard.Allowances()
    allowances[.ping].burst = 7
    allowances[.ping].perSecond = 5
    allowances[.settings].burst = 3
    allowances[.settings].perSecond = 0
    #expect(set.http2.allowances == allowances)
  }

  @Test(
    "What cannot be is refused in words",
    arguments: [
      ("--flood-allowance=ping", "is not ACT=BURST/SECOND, such as ping=2000/200"),
      ("--flood-allowance=ping=1", "is not ACT=BURST/SECOND, such as ping=2000/200"),
      ("--flood-allowance=pong=1/1", "names none of rapid_reset, late_reset, "),
      ("--flood-allowance=endless_headers=1/1", "names none of rapid_reset, late_reset, "),
      ("--flood-allowance=ping=1/1,ping=2/2", "names ping twice"),
      ("--max-concurrent-streams=1001", "is not between 1 and 1000"),
      ("--output-low-water=65KiB", "output-low-water is more than output-high-water"),
    ])
  func refusals(flag: String, words: String) {
    let error = #expect(throws: SettingsError.self) {
      _ = try ServerConfiguration(Self.settings([flag]))
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test("--print-config shows every limit")
  func printed() async throws {
    let (code, output) = try await Program.run(
      LiveService.executable, ["--print-config", "--max-header-fields=77"])
    #expect(code == 0)
    for limit in LimitSettings.all { #expect(output.contains("\(limit.declaration.name) =")) }
    #expect(output.contains(#/max-header-fields = 77 +# flag/#))
  }
}
