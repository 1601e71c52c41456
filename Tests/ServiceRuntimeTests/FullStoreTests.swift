import Foundation
import Peers
import RPC
import Testing

/// A service whose store lies on a disk that fills up and is given room again.
@Suite struct FullStoreTests {
  @Test("A full store is told on the page, in metrics and in the log, and passes with room")
  func full() async throws {
    let disk = try SmallDisk(megabytes: 4)
    let service = try await LiveService(on: disk)
    try await service.withChannel { channel in
      _ = try await channel.call("Note", "before")
      #expect(try await service.page("/readyz?verbose").body == "ok\ncheck store: ok\n")

      try disk.fill(of: service.program)
      let refusal = try #require(
        await failure {
          for _ in 0..<2_000 {
            _ = try await channel.call("Note", String(repeating: "x", count: 4_000))
          }
        })
      #expect(refusal.code == .resourceExhausted)
      #expect(refusal.reason == "STORAGE_FULL")
      let count = try await channel.call("Count")
      let full = try await service.page("/readyz?verbose")
      #expect(full.status == 200)
      #expect(
        full.body
          == "ok\ncheck store: degraded: the store is full: reads are served, writes refused\n")
      #expect(try await service.metrics().value("cabildo_store_writable") == 0)
      let entered = try await service.logLine {
        $0["message"] as? String == "the store is full: reads go on, writes are refused"
      }
      #expect(entered["level"] as? String == "error")
      // Still: nothing is taken, and nothing of it is kept.
      #expect(await failure { _ = try await channel.call("Note", "no") }?.reason == "STORAGE_FULL")
      #expect(try await channel.call("Count") == count)

      try disk.makeRoom(of: service.program)
      try await eventually("the store is open", within: .seconds(30)) {
        try await service.metrics().value("cabildo_store_writable") == 1
      }
      _ = try await service.logLine {
        $0["message"] as? String == "the store has room again: writes are taken"
      }
      #expect(try await channel.call("Note", "after") == "noted")
      #expect(try await channel.call("Count") == "\(Int(count)! + 1)")
      try await eventually("the page says so") {
        try await service.page("/readyz?verbose").body == "ok\ncheck store: ok\n"
      }
    }
    #expect(try await service.end() == 0)
  }
}
