import Messages

/// Rows of a file that are no records, or that the register refuses: all of them, up to a limit.
struct BadRows: Error, CustomStringConvertible {
  struct Problem: Equatable {
    /// The line of the file where the row begins.
    let row: Int
    /// Nil when the row as a whole is wrong.
    let column: String?
    let reason: String

    var place: String { column.map { "row \(row), \($0)" } ?? "row \(row)" }
  }

  /// More are counted and not told.
  static let toldMaximum = 100

  let file: String
  /// What to do about them.
  var advice = "Mend the file and import it again."
  private(set) var problems: [Problem] = []
  private(set) var count = 0

  init(file: String) { self.file = file }

  /// Those that the register refuses.
  init(file: String, _ count: Int, refused entries: [MembershipV1.ImportEntry]) {
    self.file = file
    for entry in entries where entry.action == .invalid {
      for problem in entry.problems {
        add(
          Int(clamping: entry.row), problem.field.isEmpty ? nil : problem.field,
          problem.description)
      }
    }
    self.count = max(count, self.count)
  }

  var isEmpty: Bool { count == 0 }

  mutating func add(_ row: Int, _ column: String?, _ reason: String) {
    count += 1
    if problems.count < Self.toldMaximum {
      problems.append(Problem(row: row, column: column, reason: reason))
    }
  }

  var description: String {
    let faults = count == 1 ? "1 fault" : "\(count) faults"
    let told = count > problems.count ? ", of which the first \(problems.count) are told" : ""
    return "\(file) has \(faults)\(told)"
  }
}
