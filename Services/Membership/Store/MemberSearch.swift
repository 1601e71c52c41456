import ChangeFeed
import MembershipDomain
import Storage
import Vocabulary

/// Members by the beginnings of the words of their names, in any language. All words must be there.
struct MemberSearch {
  let query: FoldedText
  let asOf: AsOf
  let clearance: AccessLevel

  /// More words than that are no name, and each costs a look at an index.
  static let maxWords = 10

  /// Where a find stands: those whose whole name is the query first, then the larger.
  struct Place: Hashable, Sendable {
    let isWhole: Int64
    let population: Int64
    let number: Int64
  }

  struct Entry: Hashable, Sendable {
    let record: MemberRecord
    let place: Place
  }

  func page(_ transaction: any Transaction, after place: Place?, limit: Int) throws -> [Entry] {
    try transaction.rows(statement(after: place, limit: limit)).map { row in
      let member = try MemberRow(row)
      let place = Place(
        isWhole: try row.int64("is_whole"), population: try row.int64("population"),
        number: member.number)
      return Entry(record: member.record, place: place)
    }
  }

  /// The longest word finds the candidates by the index of words; the others are asked of each.
  func statement(after place: Place?, limit: Int) -> SQL {
    let words = Set(query.words).sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    var conditions = [MemberRow.holds(at: asOf), "r.access <= \(clearance.rawValue)"]
    conditions.append("r.deleted_at IS NULL")
    conditions += words.dropFirst().map { word in
      "EXISTS (SELECT 1 FROM member_name o WHERE \(isOfRevision("o")) AND \(begins("o", word)))"
    }
    let whole = MemberState.wholeName(query)
    let seen: SQL =
      place.map {
        "(f.is_whole, f.population, f.member) < (\($0.isWhole), \($0.population), \($0.number))"
      } ?? "1 = 1"
    return """
      SELECT * FROM (
        SELECT \(MemberRow.columns(asOf.recorded)),
          CASE WHEN EXISTS (SELECT 1 FROM member_name w WHERE \(isOfRevision("w"))
            AND w.word = \(whole)) THEN 1 ELSE 0 END AS is_whole
        FROM (SELECT DISTINCT n.member, n.recorded_from, n.valid_from FROM member_name n
          WHERE \(begins("n", words.first ?? ""))) c
        JOIN member_revision r ON \(isOfRevision("c"))
        WHERE \(SQL.joined(conditions, by: " AND "))
      ) f WHERE \(seen)
      ORDER BY f.is_whole DESC, f.population DESC, f.member DESC LIMIT \(limit)
      """
  }

  private func isOfRevision(_ table: String) -> SQL {
    """
    \(raw: table).member = r.member AND \(raw: table).recorded_from = r.recorded_from
    AND \(raw: table).valid_from = r.valid_from
    """
  }

  /// Between the word and the first that does not begin with it. UTF-8 has no byte 255.
  private func begins(_ table: String, _ word: String) -> SQL {
    let first = Array(word.utf8)
    return """
      \(raw: table).word >= \(first) AND \(raw: table).word < \(first + [0xff])
      """
  }
}
