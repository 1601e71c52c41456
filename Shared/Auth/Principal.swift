/// Whom a token speaks for.
package struct Principal: Hashable, Sendable {
  /// Opaque: no name and no address of a person, so that it may stand in logs.
  package let subject: String
  package let roles: Set<Role>

  package init(subject: String, roles: Set<Role>) {
    self.subject = subject
    self.roles = roles
  }

  /// Whether one of the roles is this one or includes it.
  package func holds(_ role: Role) -> Bool { roles.contains { $0.includes(role) } }
}

/// What a caller may do, in one word of the token.
package enum Role: String, Hashable, Sendable, CaseIterable {
  /// Reads every record.
  case reader
  /// Reads every record and writes members.
  case registrar
  /// Makes operational calls.
  case `operator`

  package func includes(_ other: Role) -> Bool {
    self == other || (self == .registrar && other == .reader)
  }
}
