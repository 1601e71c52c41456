package import Vocabulary

/// What there is around some rows of an import: the members that they name, hit or resemble, and
/// the rows before them. It decides one row after the other.
package struct ImportContext: Sendable {
  /// The names of the sections that there are.
  package let sections: Set<String>
  /// Members that the rows name or that bear one of their identifiers, deleted ones included.
  package var members: [ResourceID: RegisteredMember] = [:]
  package var bearers: [Identifier: ResourceID] = [:]
  /// The first rows that had a member or an identifier.
  package var earlier: [ImportKey: EarlierRow] = [:]
  /// By folded name and country, members first.
  package var namesakes: [ImportKey: [Namesake]] = [:]

  /// Names that the register has given out, of those that new members might take.
  package var taken: Set<ResourceID> = []

  package init(sections: Set<String>) { self.sections = sections }

  /// Whether a new member cannot have a name, as far as is known here.
  package func isTaken(_ id: ResourceID) -> Bool {
    taken.contains(id) || earlier[.member(id)] != nil
  }

  package func decide(_ row: ImportRow) -> ImportDecision {
    let owners = row.member.identifiers.compactMap { bearers[$0] }
    let target = row.id.flatMap { members[$0] } ?? owners.first.flatMap { members[$0] }
    let merge = target.flatMap { $0.isDeleted ? nil : $0.merging(row, sections: sections) }
    var conflicts = conflicts(of: row, target, changes: merge?.change != nil)
    if let target, let field = merge?.ambiguousField {
      conflicts.append(
        .init(
          field,
          "of members/\(target.id) different things hold on different days: update it, and say "
            + "from which day"))
    }
    let violations = merge?.violations ?? violations(ofNew: row, target)
    guard violations.isEmpty else {
      let problems = violations.map { ImportDecision.Problem($0.field, $0.description) }
      return ImportDecision(.invalid, target?.id, because: problems + conflicts)
    }
    guard conflicts.isEmpty else {
      return ImportDecision(.conflict, target?.id, because: conflicts)
    }
    if let target, let merge {
      return merge.change == nil
        ? ImportDecision(.noOp, target.id)
        : ImportDecision(.update, target.id, changing: merge.change)
    }
    return likeness(of: row) ?? ImportDecision(.create, row.id)
  }

  /// Takes a decided row among the earlier ones, and returns by what those behind it will find it.
  /// `member` is the one that it is of or would make.
  package mutating func enter(
    _ row: ImportRow, _ decision: ImportDecision, of member: ResourceID?
  ) -> [ImportKey] {
    guard let member else { return [] }
    var keys: [ImportKey] = []
    for key in row.claims(decision, of: member) where earlier[key] == nil {
      earlier[key] = EarlierRow(row.number, of: member)
      keys.append(key)
    }
    for key in row.nameClaims(decision) {
      guard namesakes[key, default: []].count < Self.maxNamesakes else { continue }
      namesakes[key, default: []].append(
        Namesake(
          member, row: row.number, location: row.member.location,
          identifiers: row.member.identifiers))
      keys.append(key)
    }
    return keys
  }

  /// Of more members of one name in one country the others are not looked at.
  package static let maxNamesakes = 200

  private func violations(ofNew row: ImportRow, _ deleted: RegisteredMember?) -> [Violation] {
    guard deleted == nil else { return row.noted }
    return row.member.violations(noted: row.noted, sections: sections)
  }

  /// Where a row contradicts the register, or a row before it.
  private func conflicts(
    of row: ImportRow, _ target: RegisteredMember?, changes: Bool
  ) -> [ImportDecision.Problem] {
    var found: [ImportDecision.Problem] = []
    let wanted = row.id ?? target?.id
    for (index, identifier) in row.member.identifiers.enumerated() {
      let field = "identifiers[\(index)].value"
      if let owner = bearers[identifier], owner != wanted {
        found.append(
          .init(field, "\(identifier) is that of members/\(owner)" + whatIsWanted(row, target)))
      }
      if let other = earlier[.identifier(identifier)] {
        found.append(.init(field, "\(identifier) stands in row \(other.number) already"))
      }
    }
    if let wanted, let other = earlier[.member(wanted)] {
      found.append(.init("name", "row \(other.number) is of members/\(wanted), too"))
    }
    guard let target else { return found }
    if target.isDeleted {
      found.append(.init("name", "members/\(target.id) is deleted: undelete it first"))
    }
    if changes, !row.etag.isEmpty, row.etag != target.version.etag {
      found.append(.init("etag", "members/\(target.id) was changed since this version"))
    }
    return found
  }

  private func whatIsWanted(_ row: ImportRow, _ target: RegisteredMember?) -> String {
    if let id = row.id { return ", and the row names members/\(id)" }
    return target.map { ", and another of the row's that of members/\($0.id)" } ?? ""
  }

  private func likeness(of row: ImportRow) -> ImportDecision? {
    for name in row.names.sorted() {
      for namesake in namesakes[.name(name, country: row.member.countryCode)] ?? [] {
        guard let reason = namesake.likeness(to: row.member) else { continue }
        let whose = namesake.row.map { "row \($0)" } ?? "members/\(namesake.member)"
        return ImportDecision(
          .probableDuplicate, namesake.member,
          because: [.init("display_name", "\(whose) has this name in this country, \(reason)")])
      }
    }
    return nil
  }
}

extension ImportRow {
  /// What no row behind this one may have. Where nothing changes, the member says it all.
  fileprivate func claims(_ decision: ImportDecision, of member: ResourceID) -> [ImportKey] {
    switch decision.action {
    case .invalid: []
    case .noOp: [.member(member)]
    case .create, .update, .conflict, .probableDuplicate:
      [.member(member)] + self.member.identifiers.map { .identifier($0) }
    }
  }

  /// By what rows behind this one may look like it.
  fileprivate func nameClaims(_ decision: ImportDecision) -> [ImportKey] {
    switch decision.action {
    case .invalid, .noOp, .conflict: []
    case .create, .update, .probableDuplicate:
      names.sorted().map { .name($0, country: member.countryCode) }
    }
  }
}
