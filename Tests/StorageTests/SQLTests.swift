import Storage
import Testing

@Suite struct SQLTests {
  @Test(
    "What is interpolated is bound, and composes",
    arguments: [
      ("SELECT 1", "SELECT 1", []),
      ("SELECT \(1), \("x")", "SELECT $1, $2", [.integer(1), .text("x")]),
      ("\(true) \(2.5) \([7] as [UInt8])", "$1 $2 $3", [.integer(1), .real(2.5), .bytes([7])]),
      ("\(Int?.none) \(Int?.some(4))", "$1 $2", [.null, .integer(4)]),
      ("a \("b = \(1)" as SQL) c \(2)", "a b = $1 c $2", [.integer(1), .integer(2)]),
      ("IN (\(list: ["x", "y"]))", "IN ($1, $2)", [.text("x"), .text("y")]),
      ("ORDER BY \(raw: "name")", "ORDER BY name", []),
      ("x = \(1)" + " AND y = \(2)", "x = $1 AND y = $2", [.integer(1), .integer(2)]),
      (
        .joined(["a = \(1)", "b", "c = \(2)"], by: " OR "), "a = $1 OR b OR c = $2",
        [.integer(1), .integer(2)]
      ),
      (.joined([], by: ", "), "", []),
    ] as [(SQL, String, [SQLValue])])
  func composition(sql: SQL, text: String, values: [SQLValue]) {
    #expect(sql.text == text)
    #expect(sql.values == values)
  }

  @Test(
    "A value comes back as it was, whatever it says",
    arguments: [
      .null, .integer(0), .integer(.max), .integer(.min), .real(-0.5), .real(.infinity),
      .text(""), .text("'; DROP TABLE note; --"), .text("$1 ?1 :a"), .text("a\0b"),
      .text("\0"), .text("Bilbo 🏙 Ødegård"), .bytes([]), .bytes([0, 255, 0]),
      .bytes(Array(repeating: 9, count: 100_000)),
    ] as [SQLValue])
  func roundTrip(value: SQLValue) async throws {
    let database = try await SQLiteDatabase.open(.memory, migrations: [.anything])
    try await database.transaction { try $0.run("INSERT INTO anything (it) VALUES (\(value))") }
    let rows = try await database.read {
      try $0.rows("SELECT it, it IS \(value) AS same FROM anything")
    }
    #expect(try rows.map { try $0.value("it") } == [value])
    #expect(try rows.map { try $0.bool("same") } == [true])
    await database.close()
  }

  @Test("A column is read as what it is, or not at all")
  func columns() async throws {
    let database = try await SQLiteDatabase.open(.memory, migrations: [])
    let row = try await database.read { transaction in
      try transaction.rows(
        "SELECT 'x' AS t, 7 AS i, 0.5 AS r, 1 AS b, x'0102' AS y, NULL AS n"
      )[0]
    }
    #expect(try row.text("t") == "x" && row.integer("i") == 7 && row.int64("i") == 7)
    #expect(try row.real("r") == 0.5 && row.real("i") == 7 && row.bool("b"))
    #expect(try row.bytes("y") == [1, 2])
    #expect(try row.textIfPresent("n") == nil && row.integerIfPresent("n") == nil)
    #expect(try row.boolIfPresent("n") == nil && row.bytesIfPresent("n") == nil)
    #expect(throws: StorageError.failed("column \"n\" is NULL")) { try row.text("n") }
    #expect(throws: StorageError.failed("column \"t\" holds text, not an integer")) {
      try row.integer("t")
    }
    #expect(throws: StorageError.failed("column \"i\" holds an integer, not a boolean")) {
      try row.bool("i")
    }
    #expect(throws: StorageError.failed("no column \"z\" among t, i, r, b, y, n")) {
      try row.text("z")
    }
    await database.close()
  }
}

extension Migration {
  static let anything = Migration(
    version: 1, name: "anything", sql: "CREATE TABLE anything (it);")
}
