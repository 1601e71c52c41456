import ChangeFeed
import MembershipDomain
import Storage
import Vocabulary

/// The name of an import: a random number.
struct MemberImportID: Hashable, Sendable {
  let number: Int64

  init(number: Int64) { self.number = number }

  static func random() -> MemberImportID { MemberImportID(number: .random(in: 1 ... .max)) }

  static let namePrefix = "memberImports/"

  /// `memberImports/i0123456789abcdef`.
  var name: String {
    let digits = String(number, radix: 16)
    return Self.namePrefix + "i" + String(repeating: "0", count: 16 - digits.count) + digits
  }

  init?(name: String) {
    let digits = name.dropFirst(Self.namePrefix.utf8.count + 1)
    guard let number = Int64(digits, radix: 16), number > 0 else { return nil }
    self.number = number
    guard self.name == name else { return nil }
  }
}

/// An import as it is kept, without its rows.
struct MemberImportRecord: Hashable, Sendable {
  enum State: Int, Hashable, Sendable {
    /// Its rows still come: nobody but their sender knows of it.
    case receiving = 0
    case planned, applied
  }

  let id: MemberImportID
  let state: State
  /// The last change of the register that the plan knows of.
  let sequence: Int64
  let createTime: RecordedTime
  let expireTime: RecordedTime
  let applyTime: RecordedTime?
  let counts: ImportCounts
}

/// Rows by what becomes of them.
struct ImportCounts: Hashable, Sendable {
  private var numbers: [ImportDecision.Action: Int] = [:]

  init() {}

  subscript(_ action: ImportDecision.Action) -> Int {
    get { numbers[action, default: 0] }
    set { numbers[action] = newValue }
  }

  var rows: Int { numbers.values.reduce(0, +) }
}

/// A row and what was decided of it, as it is kept.
struct PlannedRow: Sendable {
  /// Counted from 1 in the order in which the rows came.
  let place: Int64
  let row: ImportRow
  let decision: ImportDecision
  /// The member that it is of, or would make.
  let member: ResourceID?
  /// By what the rows behind it find it.
  let keys: [ImportKey]
}

extension MemberImportRecord {
  init(_ row: Row) throws {
    guard let state = State(rawValue: try row.integer("state")) else {
      throw StorageError.damaged("an import in a state that is none")
    }
    id = MemberImportID(number: try row.int64("id"))
    self.state = state
    sequence = try row.int64("sequence")
    createTime = RecordedTime(microseconds: try row.int64("created_at"))
    expireTime = RecordedTime(microseconds: try row.int64("expires_at"))
    applyTime = try row.int64IfPresent("applied_at").map { RecordedTime(microseconds: $0) }
    var counts = ImportCounts()
    counts[.create] = try row.integer("creates")
    counts[.update] = try row.integer("updates")
    counts[.noOp] = try row.integer("no_ops")
    counts[.conflict] = try row.integer("conflicts")
    counts[.probableDuplicate] = try row.integer("probable_duplicates")
    counts[.invalid] = try row.integer("invalids")
    self.counts = counts
  }
}
