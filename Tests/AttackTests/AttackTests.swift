import Attacks
import Peers
import Testing

extension MeasuredTests {
  /// Every attack there is, on a server of its own: who attacks is cut off where that is due,
  /// others notice nothing, and a moment later all is as before.
  @Suite struct AttackTests {
    /// What others may notice at most: 100 ms, and tenfold slack.
    static let longestWait = Duration.seconds(1) * Slack.factor
    /// What memory may grow by for one hostile connection is 8 MiB, for many 32, for one loop's
    /// gzip bomb 40; here three times that, because the server is built for debugging.
    static func growth(_ attack: Attack, connections: Int) -> Double {
      Double(3 * Slack.factor) * (attack.name == "gzip-bomb" ? 40 : connections > 1 ? 32 : 8)
    }

    /// The share of a core that an idle server may use.
    static let idleShare = 0.1

    @Test("One hostile connection at a time", arguments: Attack.all)
    func alone(attack: Attack) async throws {
      try await attacked(by: attack, connections: 1)
    }

    /// What many leave unread is bounded by a budget, which has tests of its own; in a build for
    /// debugging the allocator keeps more than that of many whose sockets take nothing.
    static let many = Attack.all.filter {
      $0.cutOff == .closed || ["idle", "zero-window"].contains($0.name)
    }

    @Test("Many hostile connections at once", arguments: many)
    func together(attack: Attack) async throws {
      try await attacked(by: attack, connections: attack.name == "idle" ? 1_000 : 50)
    }

    private func attacked(by attack: Attack, connections: Int) async throws {
      let server = try await ServerUnderAttack(ServerUnderAttack.flags(for: attack))
      // What is set up once, at the first calls, is not the attack's.
      _ = try await GoodCaller.during(server) { try await Task.sleep(for: .milliseconds(300)) }
      let before = server.memory
      let peak = Peak(server)
      let (output, experience) = try await GoodCaller.during(server) {
        // Who is to be cut off is given the time for it; time-outs take longest.
        let seconds = attack.cutOff == .closed ? 10 : attack.cutOff == nil ? 3 : 5
        return try await server.suffer(attack, seconds: seconds, connections: connections)
      }
      let grown = await peak.end() - before
      #expect(experience.failures == [], "during \(output)")
      #expect(experience.calls > 5)
      // What the machine itself kept everybody waiting is not the server's doing.
      let allowed = Self.longestWait + experience.machineLate * 2
      #expect(experience.longest < allowed, "during \(output)")
      #expect(grown <= Self.growth(attack, connections: connections), "MiB more during \(output)")
      try expect(attack.cutOff, in: output)
      let share = try await Self.shareOnceIdle(server)
      #expect(share < Self.idleShare, "of a core after \(output)")
      #expect(server.memory - before <= Self.growth(attack, connections: connections) / 1.5)
      print(
        "attack \(output.split(separator: "\n").last ?? "") longest_wait=\(experience.longest) "
          + "machine_late=\(experience.machineLate) calls=\(experience.calls) grown=\(grown) "
          + "after=\(server.memory - before) idle=\(share)")
    }

    /// A second after an attack all should be quiet; tenfold slack.
    private static func shareOnceIdle(_ server: ServerUnderAttack) async throws -> Double {
      var share = 1.0
      for _ in 0..<10 where share >= idleShare { share = try await server.idleShare() }
      return share
    }

    private func expect(_ cutOff: Attack.CutOff?, in output: String) throws {
      switch cutOff {
      case .calm(let words):
        let line = try #require(output.split(separator: "\n").last { $0.contains("go_away=") })
        #expect(line.contains("go_away=11 "), "\(output)")
        #expect(line.contains(words), "\(output)")
      case .error(let code): #expect(output.contains("go_away=\(code) "), "\(output)")
      case .closed: #expect(!output.contains("cut_off=0"), "\(output)")
      case nil: break
      }
    }
  }
}

/// The most memory that a server had while it was looked at.
private final class Peak: Sendable {
  private let watching: Task<Double, Never>

  init(_ server: ServerUnderAttack) {
    watching = Task {
      var peak = server.memory
      while !Task.isCancelled {
        peak = max(peak, server.memory)
        try? await Task.sleep(for: .milliseconds(20))
      }
      return peak
    }
  }

  func end() async -> Double {
    watching.cancel()
    return await watching.value
  }
}
