import ChangeFeed
package import MembershipDomain
import Messages
package import RPC
import ResourceAPI
import Vocabulary
import WellKnown

// Imports between the wire and the domain.

extension ImportRow {
  init(_ message: MembershipV1.PlanMemberImportRequest.Row) {
    let said = message.member ?? MembershipV1.Member()
    var noted: [Violation] = []
    let id = said.name.isEmpty ? nil : Self.id(said.name, &noted)
    let member = Member(said, &noted)
    self.init(message.row, id: id, etag: said.etag, member, noted: noted)
  }

  private static func id(_ name: String, _ noted: inout [Violation]) -> ResourceID? {
    var fields = RequestFields()
    let id = fields.id(name, in: MemberRecord.namePrefix, "name")
    noted += fields.violations
    return id
  }
}

extension MembershipV1.ImportEntry {
  init(_ planned: PlannedRow) {
    let decision = planned.decision
    let member = decision.action == .create ? planned.member : decision.member
    let newMember = decision.action == .probableDuplicate ? planned.member : nil
    self.init(
      row: planned.row.number, action: Action(number: Int32(decision.action.rawValue)),
      member: Self.name(member), changedFields: decision.change?.paths.map(\.description) ?? [],
      problems: decision.problems.map {
        Problem(field: $0.field, description: $0.description)
      },
      before: (decision.change?.before).map { MembershipV1.Member(saying: $0) },
      after: (decision.change?.after).map { MembershipV1.Member(saying: $0) },
      newMember: Self.name(newMember))
  }

  private static func name(_ member: ResourceID?) -> String {
    member.map { MemberRecord.namePrefix + $0.description } ?? ""
  }
}

extension MembershipV1.Member {
  /// What is said, and no more: not even that everyone may read it.
  init(saying member: Member) {
    self.init(MemberState(member, status: nil))
    accessLevel = member.accessLevel?.message ?? .accessLevelUnspecified
  }
}

extension MembershipV1.MemberImport {
  init(_ record: MemberImportRecord) {
    let counts = record.counts
    self.init(
      name: record.id.name, state: record.state == .applied ? .applied : .planned,
      summary: MembershipV1.ImportSummary(
        rows: Int64(counts.rows), creates: Int64(counts[.create]),
        updates: Int64(counts[.update]), noOps: Int64(counts[.noOp]),
        conflicts: Int64(counts[.conflict]),
        probableDuplicates: Int64(counts[.probableDuplicate]),
        invalids: Int64(counts[.invalid])),
      createTime: record.createTime.timestamp, expireTime: record.expireTime.timestamp,
      applyTime: record.applyTime?.timestamp)
  }
}

extension RequestFields {
  mutating func importID(_ name: String, _ field: String) -> MemberImportID? {
    let id = MemberImportID(name: name)
    if id == nil {
      note(
        Violation(
          field, name.isEmpty ? .required : .idInvalid,
          "\"\(name.printable)\" is no name of an import, as memberImports/i0123456789abcdef"))
    }
    return id
  }

  /// All where the caller names none.
  mutating func actions(_ actions: [MembershipV1.ImportEntry.Action]) -> [ImportDecision.Action] {
    var known: Set<ImportDecision.Action> = []
    for (index, action) in actions.enumerated() {
      if let action = ImportDecision.Action(rawValue: Int(action.number)) {
        known.insert(action)
      } else {
        note(
          Violation(
            "actions[\(index)]", .enumInvalid, "\(action.number) is no action that a row has"))
      }
    }
    return ImportDecision.Action.allCases.filter { known.isEmpty || known.contains($0) }
  }
}

extension MemberImportError: RPCErrorConvertible {
  package var rpcError: RPCError {
    switch self {
    case .notFound(let name):
      RPCError(.notFound, "there is no \(name)").reason("IMPORT_NOT_FOUND", ["import": name])
    case .expired(let name):
      RPCError(.failedPrecondition, "\(name) has expired: plan again")
        .reason("IMPORT_EXPIRED", ["import": name])
    case .alreadyApplied(let name):
      RPCError(.failedPrecondition, "\(name) was applied already")
        .reason("ALREADY_APPLIED", ["import": name])
    case .registerMoved(let planned, let current):
      RPCError(.failedPrecondition, "the register has changed since the plan was made: plan again")
        .reason("REGISTER_MOVED", Self.sequences(planned, current))
    case .registerMovedMeanwhile(let planned, let current):
      RPCError(.aborted, "the register changed while the rows came: plan again")
        .reason("REGISTER_MOVED", Self.sequences(planned, current))
    case .hasConflicts(let count):
      RPCError(.failedPrecondition, "\(count) rows of the import are in conflict")
        .reason("IMPORT_HAS_CONFLICTS", ["conflicts": "\(count)"])
    case .hasInvalidRows(let count):
      RPCError(.failedPrecondition, "\(count) rows of the import are invalid")
        .reason("IMPORT_HAS_INVALID_ROWS", ["invalids": "\(count)"])
    case .tooManyRows(let limit):
      RPCError(.resourceExhausted, "an import has at most \(limit) rows: divide it")
        .reason("IMPORT_TOO_LARGE", ["limit": "\(limit)"])
    case .tooManyImports(let limit):
      RPCError(.resourceExhausted, "the rows of \(limit) imports are being taken: try again later")
        .reason("TOO_MANY_IMPORTS", ["limit": "\(limit)"])
    }
  }

  private static func sequences(_ planned: Int64, _ current: Int64) -> [String: String] {
    ["planned_sequence": "\(planned)", "current_sequence": "\(current)"]
  }
}
