import Foundation
import Peers
import Testing

/// The suite as engineers of partner systems meet it: with grpcio, with buf, with curl.
@Suite(.serialized) struct PartnerTests {
  @Test("grpcio, buf curl, curl and the CLI find Bilbao through the gateway, in three languages")
  func bilbao() async throws {
    try await withSuite { suite, _ in
      let python = try await suite.python("find_bilbao.py", suite.gateway)
      #expect(
        python == """
          en: City of Bilbao [en]
          es: Ciudad de Bilbao [es]
          fr: Ville de Bilbao [fr]
          de: Ciudad de Bilbao [es] (fallback)

          """)
      for (language, name) in [
        ("en", "City of Bilbao"), ("es", "Ciudad de Bilbao"), ("fr", "Ville de Bilbao"),
      ] {
        let shown = try await suite.cabildo("members", "get", "bilbao", "--lang", language)
        #expect(shown.contains(name))
        let found = try await suite.cabildo("members", "search", "BILBÁO", "--lang", language)
        #expect(found.contains(name))
      }
      let buf = try await suite.run(
        Repository.pythonProgram("buf"),
        [
          "curl", "--protocol", "grpc", "--http2-prior-knowledge", "--reflect", "--data",
          #"{"name": "members/bilbao", "languageCode": "es"}"#,
          "http://\(suite.gateway)/cabildo.membership.v1.MembershipService/GetMember",
        ], within: .seconds(30))
      #expect(buf.contains(#""text": "Ciudad de Bilbao""#))
    }
  }

  @Test("The Python of Protos/README.md compiles the contract and reads a member")
  func writtenClient() async throws {
    try await withSuite { suite, _ in
      let document = try Repository.text(of: "Protos/README.md")
      let block = try #require(
        document.split(separator: "```sh\n").first { $0.hasPrefix("site=") }?
          .split(separator: "```").first)
      let folder = suite.data.appending(path: "stubs").path
      let bin = Repository.python.deletingLastPathComponent().path
      let lines = ["mkdir \(folder)", "ln -s $PWD/Protos \(folder)/Protos", "cd \(folder)"]
      let output = try await suite.shell(
        ["export PATH=\(bin):$PATH"] + lines + block.split(separator: "\n").map(String.init))
      #expect(output.contains("Ciudad de Bilbao"))
    }
  }

  @Test("curl reads what the gateway and the service measure")
  func metrics() async throws {
    try await withSuite { suite, _ in
      for address in [suite.gateway, suite.membership] {
        let metrics = try await suite.run(
          URL(filePath: "/usr/bin/curl"), ["-fsS", "http://\(address)/metrics"],
          within: .seconds(10))
        #expect(metrics.contains("grpc_server_started_total{"))
        let ready = try await suite.run(
          URL(filePath: "/usr/bin/curl"), ["-fsS", "http://\(address)/readyz?verbose"],
          within: .seconds(10))
        #expect(!ready.isEmpty)
      }
    }
  }

  @Test("12,325 cities come in through a plan, twice; the second time there is nothing to do")
  func cities() async throws {
    try await withSuite("--no-demonstration") { suite, _ in
      let file = suite.data.appending(path: "cities.csv").path
      let count = try await suite.python("cities.py", file)
      #expect(count == "12325\n")
      // On two busy cores a debug build takes 12 s to create them and 5 s to find nothing to do.
      for (expected, limit) in [
        (#""creates": "12325""#, Duration.seconds(60)), (#""noOps": "12325""#, .seconds(30)),
      ] {
        let start = ContinuousClock.now
        let output = try await suite.python(
          "peak.py", Repository.executable("cabildo").path, "--token-file", suite.administrator,
          "--yes", "-o", "json", "members", "import", "--create-probable-duplicates", file,
          within: .seconds(300))
        let time = ContinuousClock.now - start
        let ours = try #require(
          output.firstMatch(of: #/(?m)^peak (\d+) MB$/#).flatMap { Int($0.1) })
        let service = try peakMegabytes(ofProcess: try suite.processID(of: "membership"))
        print("\(expected) in \(time); at the most \(ours) MB here, \(service) MB in the service")
        #expect(output.contains(expected), "\(output)")
        #expect(time < limit)
        #expect(ours < 100 && service < 100)
      }
    }
  }

  /// The most memory that a process has had resident (proc(5), VmHWM).
  private func peakMegabytes(ofProcess id: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return try #require(kilobytes) / 1024
  }
}
