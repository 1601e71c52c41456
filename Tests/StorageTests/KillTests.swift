import Foundation
import Peers
import Testing

@testable import Storage

/// A process that writes from eight sides is killed at random moments: every row it was told is
/// kept is there, once, and the count of rows agrees with the rows.
///
/// `CABILDO_SEED` repeats the moments, `CABILDO_KILLS` sets how many.
@Suite struct KillTests {
  @Test("kill -9 during concurrent writes", .timeLimit(.minutes(5)))
  func kills() async throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["CABILDO_SEED"].flatMap(UInt64.init) ?? .random(in: 0...UInt64.max)
    let kills = environment["CABILDO_KILLS"].flatMap(Int.init) ?? 40
    print("KillTests: CABILDO_SEED=\(seed)")
    var random = SplitMix(seed)
    let folder = try StoreFolder()
    var kept: Set<String> = []
    var killedInFlight = 0
    for kill in 0..<kills {
      let patience = Duration.microseconds(Int.random(in: 0..<60_000, using: &random))
      let lines = try await linesOfAKilledWriter(folder, run: "\(kill)", after: patience)
      let asked = Set(lines.filter { $0.hasPrefix("asked ") }.map { $0.dropFirst(6) })
      let acknowledged = Set(lines.filter { $0.hasPrefix("kept ") }.map { $0.dropFirst(5) })
      if asked != acknowledged { killedInFlight += 1 }
      kept.formUnion(acknowledged.map(String.init))
      let found = try found(in: folder)
      let missing = kept.subtracting(found)
      #expect(missing.isEmpty, "CABILDO_SEED=\(seed), kill \(kill): lost \(missing.prefix(3))")
      #expect(Set(found).count == found.count, "CABILDO_SEED=\(seed), kill \(kill): a row twice")
    }
    #expect(try integrity(of: folder.path) == "ok")
    #expect(killedInFlight > kills / 2, "only \(killedInFlight) of \(kills) had writes in flight")
    print(
      "KillTests: \(kept.count) rows, \(killedInFlight) of \(kills) kills with writes in flight")
  }

  private func linesOfAKilledWriter(_ folder: StoreFolder, run: String, after patience: Duration)
    async throws -> [Substring]
  {
    let writer = try Program(
      Repository.executable("storage-writer"), ["--path=\(folder.path)", "--run=\(run)"])
    _ = try await writer.line(after: "open")
    try await Task.sleep(for: patience)
    writer.send(signal: SIGKILL)
    _ = try await writer.exitCode(within: .seconds(10))
    return await writer.allPrinted().split(separator: "\n")
  }

  /// Looks without repairing: the next writer opens the store as the dead one left it.
  private func found(in folder: StoreFolder) throws -> [String] {
    let connection = try SQLiteConnection(folder.path, .readOnly, vfs: nil, limits: StorageLimits())
    defer { connection.close() }
    let found = try connection.rows("SELECT id FROM entry").map { try $0.text("id") }
    let tally = try connection.rows("SELECT entries FROM tally")[0].integer("entries")
    #expect(tally == found.count)
    return found
  }
}
