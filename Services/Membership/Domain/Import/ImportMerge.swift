package import Vocabulary

/// What a row makes of a member that is there.
package struct ImportMerge: Hashable, Sendable {
  package let timeline: Timeline<MemberState>
  /// Nil where nothing changes, on whatever day.
  package let change: ImportChange?
  package let violations: [Violation]
  /// A field of which the register says different things on different days, and the row another
  /// again: which days it speaks of cannot be known.
  package let ambiguousField: String?
}

/// Fields of a member that a row changes. Where they say the same on all days, as they do unless
/// one is ambiguous, this is all that changes.
package struct ImportChange: Hashable, Sendable {
  /// In the order of the contract.
  package let paths: [MemberPath]
  /// With these fields only.
  package let before: Member
  package let after: Member

  package init(_ paths: [MemberPath], from before: Member, to after: Member) {
    self.paths = paths
    self.before = Member().taking(paths, from: before)
    self.after = Member().taking(paths, from: after)
  }
}

extension RegisteredMember {
  /// Takes over what a row fills, for the whole time that the register covers, as an update without
  /// an effective date does. A row that says what the register says of some days, as one that was
  /// exported, changes nothing.
  package func merging(_ row: ImportRow, sections: Set<String>) -> ImportMerge {
    var paths: [MemberPath] = []
    var changed: (before: Member, after: Member)?
    // In a list of the register what a row has stands elsewhere than in the row.
    let own = row.noted + row.member.violations(sections: sections).filter(\.isOfRowAlone)
    var violations = own
    let said = timeline.map(\.member).segments.map(\.content)
    if own.isEmpty, said.contains(where: { $0.merging(row.member) == $0 }) {
      return ImportMerge(timeline: timeline, change: nil, violations: [], ambiguousField: nil)
    }
    let members = timeline.map(\.member).changing(during: .always) { segment in
      let member = segment.content.merging(row.member)
      guard member != segment.content else { return member }
      changed = changed ?? (segment.content, member)
      paths += member.changedImportPaths(from: segment.content).filter { !paths.contains($0) }
      let found = member.violations(noted: violations, sections: sections)
      violations = own.isEmpty ? found : found.filter { !$0.isOfMergedList || own.contains($0) }
      return member
    }
    let varying = said.dropFirst().flatMap { $0.changedImportPaths(from: said[0]) }
    return ImportMerge(
      timeline: members.states,
      change: changed.map { ImportChange(paths, from: $0.before, to: $0.after) },
      violations: violations,
      ambiguousField: paths.first { varying.contains($0) }?.description)
  }
}

extension Violation {
  fileprivate var isOfMergedList: Bool {
    field.hasPrefix("identifiers") || field.hasPrefix("status_steps")
  }

  /// Whatever the member has already. Whether one status may follow another, and why, the steps
  /// that are there may tell.
  fileprivate var isOfRowAlone: Bool {
    isOfMergedList && reason != .transitionNotAllowed && !field.hasSuffix(".reason")
  }
}
