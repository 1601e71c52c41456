package import Vocabulary

/// A member with the status that it has on the days concerned: what one row of the register says.
package struct MemberState: Hashable, Sendable {
  package let member: Member
  /// Nil where the register does not know.
  package let status: MemberStatus?

  package init(_ member: Member, status: MemberStatus?) {
    self.member = member
    self.status = status
  }
}

extension Timeline where Content == Member {
  /// Cut where the steps of status take effect, so that each piece has one status.
  package var states: Timeline<MemberState> {
    refined(
      at: { $0.statusSteps.compactMap(\.effectiveDay) },
      as: { MemberState($0, status: $0.statusSteps.status(on: $1.from)) })
  }
}

extension Timeline where Content == MemberState {
  /// Who may read something of it: the least restricted of all its days; nil where it has none.
  package var access: AccessLevel? { segments.map(\.content.member.readers).min() }
}
