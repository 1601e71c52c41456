import Foundation
import Peers
import Sockets
import Testing

@testable import ServiceRuntime

/// Where values come from, and what is refused.
@Suite struct SettingsTests {
  private static let number = Setting<Int>.integer("number", default: 1, in: 0...100, help: "N.")
  private static let text = Setting<String>.text("some-text", "TEXT", default: "plain", help: "T.")
  private static let wait = Setting<Duration>.duration(
    "wait", default: "1s", in: .zero...(.seconds(60)), help: "W.")
  private static let size = Setting<Int>.bytes(
    "size", default: "4KiB", in: 1...(1 << 20), help: "S.")
  private static let toggle = Setting<Bool>.toggle("toggle", default: false, help: "G.")
  private static let word = Setting<String>.choice(
    "word", of: ["a", "b"], default: "a", help: "W.")
  private static let listen = Setting<[ListenAddress]>.addresses(
    "listen", default: "127.0.0.1:1", help: "L.")
  private static let password = Setting<String?>.secret("password", help: "P.")
  private static let file = Setting<String?>.file("some-file", help: "F.")

  private static let reader = SettingsReader(
    [
      number.declaration, text.declaration, wait.declaration, size.declaration,
      toggle.declaration, word.declaration, listen.declaration, password.declaration,
      file.declaration,
    ], prefix: "CABILDO_TEST_")

  private static func settings(
    _ arguments: [String] = [], _ environment: [String: String] = [:]
  ) throws -> Settings {
    let invocation = try Invocation(arguments, toggles: ["toggle"], hasStore: false)
    return try reader.read(flags: invocation.flags, environment: environment)
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(
    "Flag before environment before file before default",
    arguments: [
      (nil, nil, nil, 1, "default"), (nil, nil, "4", 4, "file FILE:2"),
      (nil, "3", "4", 3, "environment CABILDO_TEST_NUMBER"), ("2", "3", "4", 2, "flag"),
      ("2", nil, "4", 2, "flag"), ("2", "3", nil, 2, "flag"),
    ] as [(String?, String?, String?, Int, String)])
  func precedence(flag: String?, variable: String?, line: String?, value: Int, source: String)
    throws
  {
    let path = try folder.write("# first\n\(line.map { "number = \($0)" } ?? "")\n", to: "conf")
    let settings = try Self.settings(
      flag.map { ["--number", $0] } ?? [],
      ["CABILDO_TEST_CONFIG": path].merging(variable.map { ["CABILDO_TEST_NUMBER": $0] } ?? [:]) {
        $1
      })
    #expect(settings[Self.number] == value)
    let printed = source.replacing("FILE", with: path)
    #expect(settings.printed.contains(#/(?m)^number = \d+ +# (.+)$/#))
    let line = settings.printed.split(separator: "\n").first { $0.hasPrefix("number") }
    #expect(line?.hasSuffix("# \(printed)") == true, "\(line ?? "")")
  }

  @Test(
    "A wrong setting is named with what is wrong and what would be right",
    arguments: [
      (["--numbr=1"], [:], "there is no setting --numbr; did you mean --number?"),
      (["--xyzzyplugh=1"], [:], "there is no setting --xyzzyplugh; --help lists what there is"),
      (["-n", "1"], [:], "-n is no flag: flags begin with two dashes"),
      (["--"], [:], "-- is no flag: flags begin with two dashes"),
      (["--number"], [:], "--number is without its value"),
      (["--number", "--toggle"], [:], "--number is without its value"),
      (["--number="], [:], "--number: \"\" is not a whole number"),
      (["--number=1.5"], [:], "--number: \"1.5\" is not a whole number"),
      (["--number=101"], [:], "--number: \"101\" is not between 0 and 100"),
      (["--number=-1"], [:], "--number: \"-1\" is not between 0 and 100"),
      (
        ["--number=99999999999999999999"], [:],
        "--number: \"99999999999999999999\" is not a whole number"
      ),
      (["--number=1", "--number=2"], [:], "--number is given twice"),
      (["--some-text="], [:], "--some-text: \"\" is empty"),
      (["--wait=1"], [:], "--wait: \"1\" is not a duration such as 500ms, 30s, 5m or 1h"),
      (["--wait=s"], [:], "--wait: \"s\" is not a duration such as 500ms, 30s, 5m or 1h"),
      (["--wait=1d"], [:], "--wait: \"1d\" is not a duration such as 500ms, 30s, 5m or 1h"),
      (["--wait=2m"], [:], "--wait: \"2m\" is not between 0ms and 1m"),
      (["--wait=-1s"], [:], "--wait: \"-1s\" is not a duration such as 500ms, 30s, 5m or 1h"),
      (["--size=1KB"], [:], "--size: \"1KB\" is not a size such as 65536, 64KiB, 4MiB or 1GiB"),
      (["--size=0"], [:], "--size: \"0\" is not between 1 and 1MiB"),
      (["--size=999999999GiB"], [:], "--size: \"999999999GiB\" is not between 1 and 1MiB"),
      (["--toggle=yes"], [:], "--toggle: \"yes\" is neither true nor false"),
      (["--word=c"], [:], "--word: \"c\" is none of a, b"),
      (
        ["--listen=here"], [:],
        "--listen: \"here\" is not an address such as 127.0.0.1:50051, [::1]:50051 or unix:/path"
      ),
      (
        ["--listen=127.0.0.1:65536"], [:],
        "--listen: \"127.0.0.1:65536\" is not an address such as 127.0.0.1:50051, [::1]:50051 or "
          + "unix:/path"
      ),
      (
        ["--listen=:1,:1"], [:],
        "--listen: \":1,:1\" is not an address such as 127.0.0.1:50051, [::1]:50051 or unix:/path"
      ),
      (["--listen=a:1", "--listen=a:1"], [:], "--listen: \"a:1,a:1\" names a:1 twice"),
      (
        ["--password=x"], [:],
        "--password would show a secret to every user of this machine; use --password-file or "
          + "CABILDO_TEST_PASSWORD"
      ),
      (
        ["--password-file=/nowhere"], [:],
        "--password-file: cannot read the secret in /nowhere"
      ),
      (
        ["--password-file=/nowhere"], ["CABILDO_TEST_PASSWORD": ""],
        "--password-file: cannot read the secret in /nowhere"
      ),
      (
        [], ["CABILDO_TEST_PASSWORD": "a", "CABILDO_TEST_PASSWORD_FILE": "/nowhere"],
        "CABILDO_TEST_PASSWORD and CABILDO_TEST_PASSWORD_FILE exclude each other"
      ),
      ([], ["CABILDO_TEST_PASSWORD": ""], "CABILDO_TEST_PASSWORD: the secret is empty"),
      (
        [], ["CABILDO_TEST_NUMER": "1"],
        "environment: there is no setting CABILDO_TEST_NUMER; did you mean CABILDO_TEST_NUMBER?"
      ),
      (
        [], ["CABILDO_TEST_": "1"],
        "environment: there is no setting CABILDO_TEST_; --help lists what there is"
      ),
      (
        [], ["CABILDO_TEST_SERVICE_HOST": "10.0.0.1"],
        "environment: there is no setting CABILDO_TEST_SERVICE_HOST; --help lists what there is"
      ),
      (
        [], ["CABILDO_TEST_NUMBER": "many"],
        "CABILDO_TEST_NUMBER: \"many\" is not a whole number"
      ),
      (["--config=/nowhere/conf"], [:], "cannot read the settings file /nowhere/conf"),
      (["serv"], [:], "there is no command serv; --help lists what there is"),
      (["healthchek"], [:], "there is no command healthchek; did you mean healthcheck?"),
      (["healthcheck", "now"], [:], "healthcheck takes no more words, only flags"),
      (["migrate", "up"], [:], "there is no command migrate; --help lists what there is"),
    ] as [([String], [String: String], String)])
  func refusals(arguments: [String], environment: [String: String], expected: String) throws {
    let error = #expect(throws: SettingsError.self) {
      try Self.settings(arguments, environment)
    }
    #expect(error?.description == expected)
  }

  @Test(
    "A wrong line of the file is named by its number",
    arguments: [
      ("number", "FILE:1: expected \"key = value\""),
      ("\n\n= 4", "FILE:3: no key stands before \"=\""),
      ("numbre = 4", "FILE:1: there is no setting numbre; did you mean number?"),
      ("config = other", "FILE:1: there is no setting config; --help lists what there is"),
      ("number = 4\nnumber = 5", "FILE:2: number is given twice"),
      ("number = four", "FILE:1: number: \"four\" is not a whole number"),
      ("some-text = \"open", "FILE:1: the quotes are not closed"),
      ("some-text = \"", "FILE:1: the quotes are not closed"),
      ("some-text = \"a\" b", "FILE:1: something stands behind the quotes"),
      ("some-text = \"\\n\"", "FILE:1: a backslash in quotes stands before \" or \\ only"),
      ("some-text = # nothing", "FILE:1: some-text: \"\" is empty"),
      ("[section]", "FILE:1: expected \"key = value\""),
    ])
  func badLines(text: String, expected: String) throws {
    let path = try folder.write(text, to: "conf")
    let error = #expect(throws: SettingsError.self) { try Self.settings(["--config", path]) }
    #expect(error?.description == expected.replacing("FILE", with: path))
  }

  @Test(
    "A value of the file is what stands there, without its comment",
    arguments: [
      ("a", "a"), ("  a b  ", "a b"), ("a # b", "a"), ("a#b", "a#b"), ("\"a # b\" # c", "a # b"),
      ("\" a \"", " a "), (#""\"\\""#, #""\"#), ("'a'", "'a'"), ("a=b", "a=b"),
    ])
  func lines(written: String, value: String) throws {
    let path = try folder.write("\u{20}some-text=\(written)\r\n", to: "conf")
    #expect(try Self.settings(["--config=\(path)"])[Self.text] == value)
  }

  @Test("A file that is none is refused")
  func noText() throws {
    try Data([0xff, 0xfe, 0x00]).write(to: folder.url.appending(path: "binary"))
    let path = folder.path("binary")
    let error = #expect(throws: SettingsError.self) { try Self.settings(["--config", path]) }
    #expect(error?.description == "\(path) is no text file of at most 1048576 bytes")
  }

  @Test("Every kind of value is read in each way it may be written")
  func kinds() throws {
    let settings = try Self.settings(
      ["--number", "7", "--wait=500ms", "--size", "64KiB", "--toggle", "--word=b"]
        + ["--listen", "[::1]:5", "--listen=unix:/a/b, 127.0.0.1:0,127.0.0.1:0"])
    #expect(settings[Self.number] == 7)
    #expect(settings[Self.wait] == .milliseconds(500))
    #expect(settings[Self.size] == 65_536)
    #expect(settings[Self.toggle])
    #expect(settings[Self.word] == "b")
    let anyPort = ListenAddress.tcp(host: "127.0.0.1", port: 0)
    #expect(
      settings[Self.listen]
        == [.tcp(host: "::1", port: 5), .unix(path: "/a/b"), anyPort, anyPort])
    #expect(settings[Self.file] == nil)
    #expect(try Self.settings(["--toggle", "false"])[Self.toggle] == false)
  }

  @Test("A secret comes from the environment or a file, and is never printed")
  func secrets() throws {
    let path = try folder.write("pa ss\n", to: "secret")
    for (arguments, environment) in [
      ([], ["CABILDO_TEST_PASSWORD": "pa ss"]), (["--password-file", path], [:]),
      ([], ["CABILDO_TEST_PASSWORD_FILE": path]),
    ] as [([String], [String: String])] {
      let settings = try Self.settings(arguments, environment)
      #expect(settings[Self.password] == "pa ss")
      #expect(!settings.printed.contains("pa ss"))
      #expect(settings.printed.contains("# password = ********"))
    }
    let conf = try folder.write("password = \"pa ss\"", to: "conf")
    #expect(try Self.settings(["--config", conf])[Self.password] == "pa ss")
    let other = try folder.write("password-file = \(path)", to: "other")
    #expect(try Self.settings(["--config", other])[Self.password] == "pa ss")
  }

  @Test("What is printed can be read again, and says the same")
  func roundTrip() throws {
    let arguments = [
      "--number=9", "--some-text= \"a\" # \\ ", "--wait=1m", "--size=2KiB", "--toggle",
      "--listen=a:1,b:2",
    ]
    let first = try Self.settings(arguments)
    let path = try folder.write(first.printed, to: "conf")
    let second = try Self.settings(["--config", path])
    #expect(second.resolved.map(\.text) == first.resolved.map(\.text))
    #expect(second[Self.text] == " \"a\" # \\ ")
  }

  @Test("In Kubernetes the links to a service of our own name are not settings")
  func serviceLinks() throws {
    let links = [
      "SERVICE_HOST": "10.0.0.1", "SERVICE_PORT": "50051", "SERVICE_PORT_GRPC": "50051",
      "PORT": "tcp://10.0.0.1:50051", "PORT_50051_TCP": "tcp://10.0.0.1:50051",
      "PORT_50051_TCP_PROTO": "tcp", "PORT_50051_TCP_ADDR": "10.0.0.1",
    ]
    var environment = Dictionary(
      uniqueKeysWithValues: links.map { ("CABILDO_TEST_\($0.key)", $0.value) })
    #expect(throws: SettingsError.self) { try Self.settings([], environment) }
    environment["KUBERNETES_SERVICE_HOST"] = "10.0.0.2"
    #expect(throws: Never.self) { try Self.settings([], environment) }
    environment["CABILDO_TEST_NUMBR"] = "1"
    #expect(throws: SettingsError.self) { try Self.settings([], environment) }
  }
}
