// Writes rows into a store as fast as it takes them, until it is killed:
//
//     storage-writer --path=FILE --run=NAME [--writers=8] [--rows=N]
//
// Prints "asked ID" before a row is given to the store and "kept ID" once it is acknowledged, each
// line in one write, so that what a dead process printed is what it knew. With --rows it ends after
// so many, prints no rows, and says how long they took.

import Foundation
import Peers
import Storage

let flags = Flags.given(known: ["path", "run", "writers", "rows"])
let run = flags.text("run", "run")

do {
  let database = try await SQLiteDatabase.open(
    .file(flags.text("path", "store.db")), migrations: [entries])
  say("open")
  try await write(to: database, writers: flags.number("writers", 8), rows: flags.number("rows", 0))
  await database.close()
} catch {
  Flags.end(with: error)
}

var entries: Migration {
  Migration(
    version: 1, name: "entries",
    sql: """
      CREATE TABLE entry (id TEXT NOT NULL, filler TEXT NOT NULL);
      CREATE TABLE tally (entries BIGINT NOT NULL);
      INSERT INTO tally (entries) VALUES (0);
      """)
}

func write(to database: SQLiteDatabase, writers: Int, rows: Int) async throws {
  let start = ContinuousClock.now
  try await withThrowingTaskGroup(of: Void.self) { group in
    for writer in 0..<writers {
      group.addTask {
        let last = rows == 0 ? Int.max : rows / writers
        for number in 0..<last {
          let id = "\(run)-\(writer)-\(number)"
          if rows == 0 { say("asked \(id)") }
          try await add(id, to: database)
          if rows == 0 { say("kept \(id)") }
        }
      }
    }
    try await group.waitForAll()
  }
  say("\(rows) rows by \(writers) writers took \(ContinuousClock.now - start)")
}

/// A row and the number of rows, which are right together or not at all.
func add(_ id: String, to database: SQLiteDatabase) async throws {
  let filler = String(repeating: "x", count: 250)
  try await database.transaction { transaction in
    try transaction.run("INSERT INTO entry (id, filler) VALUES (\(id), \(filler))")
    try transaction.run("UPDATE tally SET entries = entries + 1")
  }
}

func say(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = unsafe Glibc.write(1, bytes, bytes.count)
}
