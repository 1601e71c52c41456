// bench-writers FILE WRITERS ROWS: rows into a store of the product, each in a transaction of its
// own, by so many tasks at once. Prints the rows and the seconds that it took.

import Glibc
import Storage

let arguments = CommandLine.arguments
guard arguments.count == 4, let writers = Int(arguments[2]), let rows = Int(arguments[3]) else {
  print("bench-writers FILE WRITERS ROWS")
  exit(2)
}
let table = Migration(
  version: 1, name: "entries",
  sql: """
    CREATE TABLE entry (id TEXT PRIMARY KEY, kind BIGINT NOT NULL, body TEXT NOT NULL);
    CREATE INDEX entry_by_kind ON entry (kind, id);
    """)
let database = try await SQLiteDatabase.open(.file(arguments[1]), migrations: [table])
let body = String(repeating: "x", count: 250)

let start = ContinuousClock.now
try await withThrowingTaskGroup(of: Void.self) { group in
  for writer in 0..<writers {
    group.addTask {
      for number in stride(from: writer, to: rows, by: writers) {
        try await database.transaction { transaction in
          try transaction.run(
            """
            INSERT INTO entry (id, kind, body)
            VALUES (\("entry-\(number)"), \(number % 7), \(body))
            """
          )
        }
      }
    }
  }
  try await group.waitForAll()
}
let took = ContinuousClock.now - start
let kept = try await database.read { transaction in
  try transaction.rows("SELECT COUNT(*) AS n FROM entry")[0].integer("n")
}
print("\(kept) \(took / .seconds(1))")
await database.close()
