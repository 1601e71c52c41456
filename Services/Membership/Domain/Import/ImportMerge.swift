package import Vocabulary

/// What a row makes of a member that is there.
package struct ImportMerge: Hashable, Sendable {
  package let timeline: Timeline<MemberState>
  /// The paths that change, on whatever day; in the order of the contract.
  package let changedFields: [String]
  package let violations: [Violation]
  /// A field of which the register says different things on different days, and the row another
  /// again: which days it speaks of cannot be known.
  package let ambiguousField: String?
}

extension RegisteredMember {
  /// Takes over what a row fills, for the whole time that the register covers, as an update without
  /// an effective date does. A row that says what the register says of some days, as one that was
  /// exported, changes nothing.
  package func merging(_ row: ImportRow, sections: Set<String>) -> ImportMerge {
    var changedFields: [String] = []
    // In a list of the register a row's identifier stands elsewhere than in the row.
    let own = row.noted + row.member.violations(sections: sections).filter(\.isOfIdentifier)
    var violations = own
    let said = timeline.map(\.member).segments.map(\.content)
    if own.isEmpty, said.contains(where: { $0.merging(row.member) == $0 }) {
      return ImportMerge(timeline: timeline, changedFields: [], violations: [], ambiguousField: nil)
    }
    let members = timeline.map(\.member).changing(during: .always) { segment in
      let member = segment.content.merging(row.member)
      guard member != segment.content else { return member }
      for path in member.changedImportPaths(from: segment.content)
      where !changedFields.contains(path) {
        changedFields.append(path)
      }
      let found = member.violations(noted: violations, sections: sections)
      violations = own.isEmpty ? found : found.filter { !$0.isOfIdentifier || own.contains($0) }
      return member
    }
    let varying = said.dropFirst().flatMap { $0.changedImportPaths(from: said[0]) }
    return ImportMerge(
      timeline: members.states, changedFields: changedFields, violations: violations,
      ambiguousField: changedFields.first { varying.contains($0) })
  }
}

extension Violation {
  fileprivate var isOfIdentifier: Bool { field.hasPrefix("identifiers") }
}
