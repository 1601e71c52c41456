/// One row of an answer, read by the names of its columns.
///
/// The plain accessors want a value; the `…IfPresent` ones give nil for NULL. Another type, or a
/// column that is not there, is our mistake and says which.
package struct Row: Sendable {
  let columns: [String]
  let values: [SQLValue]

  package func value(_ column: String) throws(StorageError) -> SQLValue {
    guard let index = columns.firstIndex(of: column) else {
      throw .failed("no column \"\(column)\" among \(columns.joined(separator: ", "))")
    }
    return values[index]
  }

  package func text(_ column: String) throws(StorageError) -> String {
    try require(try textIfPresent(column), column)
  }

  package func textIfPresent(_ column: String) throws(StorageError) -> String? {
    switch try value(column) {
    case .null: nil
    case .text(let text): text
    case let other: throw mistyped(column, other, wanted: "text")
    }
  }

  package func int64(_ column: String) throws(StorageError) -> Int64 {
    try require(try int64IfPresent(column), column)
  }

  package func int64IfPresent(_ column: String) throws(StorageError) -> Int64? {
    switch try value(column) {
    case .null: nil
    case .integer(let integer): integer
    case let other: throw mistyped(column, other, wanted: "an integer")
    }
  }

  package func integer(_ column: String) throws(StorageError) -> Int {
    try Int(int64(column))
  }

  package func integerIfPresent(_ column: String) throws(StorageError) -> Int? {
    try int64IfPresent(column).map { Int($0) }
  }

  package func real(_ column: String) throws(StorageError) -> Double {
    try require(try realIfPresent(column), column)
  }

  package func realIfPresent(_ column: String) throws(StorageError) -> Double? {
    switch try value(column) {
    case .null: nil
    case .real(let real): real
    case .integer(let integer): Double(integer)
    case let other: throw mistyped(column, other, wanted: "a number")
    }
  }

  package func bool(_ column: String) throws(StorageError) -> Bool {
    try require(try boolIfPresent(column), column)
  }

  package func boolIfPresent(_ column: String) throws(StorageError) -> Bool? {
    switch try value(column) {
    case .null: nil
    case .integer(0): false
    case .integer(1): true
    case let other: throw mistyped(column, other, wanted: "a boolean")
    }
  }

  package func bytes(_ column: String) throws(StorageError) -> [UInt8] {
    try require(try bytesIfPresent(column), column)
  }

  package func bytesIfPresent(_ column: String) throws(StorageError) -> [UInt8]? {
    switch try value(column) {
    case .null: nil
    case .bytes(let bytes): bytes
    case let other: throw mistyped(column, other, wanted: "bytes")
    }
  }

  private func require<Value>(_ value: Value?, _ column: String) throws(StorageError) -> Value {
    guard let value else { throw .failed("column \"\(column)\" is NULL") }
    return value
  }

  private func mistyped(_ column: String, _ value: SQLValue, wanted: String) -> StorageError {
    let found =
      switch value {
      case .null: "NULL"
      case .integer: "an integer"
      case .real: "a number"
      case .text: "text"
      case .bytes: "bytes"
      }
    return .failed("column \"\(column)\" holds \(found), not \(wanted)")
  }
}
