import ChangeFeed
import MembershipDomain
import Messages
import Protobuf
import RPC
import ResourceAPI
import Vocabulary
import WellKnown

// Members between the wire and the domain.

extension Member {
  /// What a message says. A number of an enum that has no name is noted; all other faults are for
  /// `violations` to find.
  init(_ message: MembershipV1.Member, _ violations: inout [Violation]) {
    self.init(
      kind: .init(known: message.kind, "kind", &violations),
      displayName: LocalizedText(message.displayName), countryCode: message.countryCode,
      section: message.section,
      level: .init(known: message.level, "level", &violations),
      population: message.population.map { Population($0, &violations) },
      location: message.location.map(Coordinates.init), languages: message.languages,
      identifiers: message.identifiers.enumerated().map {
        Identifier($1, "identifiers[\($0)]", &violations)
      },
      statusSteps: message.statusSteps.enumerated().map {
        StatusStep($1, "status_steps[\($0)]", &violations)
      },
      accessLevel: AccessLevel(message.accessLevel, "access_level", &violations),
      sources: message.sources.map(Source.init))
  }
}

extension Member.Population {
  fileprivate init(_ message: MembershipV1.Member.Population, _ violations: inout [Violation]) {
    self.init(
      inhabitants: message.inhabitants,
      date: message.date.map { PartialDate($0, "population.date", &violations) },
      source: message.source)
  }
}

extension Identifier {
  init(
    _ message: MembershipV1.Member.Identifier, _ field: String, _ violations: inout [Violation]
  ) {
    self.init(
      .init(known: message.scheme, "\(field).scheme", &violations), message.value)
  }
}

extension StatusStep {
  fileprivate init(
    _ message: MembershipV1.Member.StatusStep, _ field: String, _ violations: inout [Violation]
  ) {
    self.init(
      .init(known: message.status, "\(field).status", &violations),
      message.date.map { PartialDate($0, "\(field).date", &violations) },
      reason: LocalizedText(message.reason), document: message.document)
  }
}

extension RawRepresentable where RawValue == Int {
  /// The domain's enums have the numbers of the contract; 0 is nil, and a number without a name is
  /// noted.
  init?(known value: some OpenEnum, _ field: String, _ violations: inout [Violation]) {
    guard value.number != 0 else { return nil }
    guard let known = Self(rawValue: Int(value.number)) else {
      violations.append(.unrecognized(value.number, field))
      return nil
    }
    self = known
  }
}

extension MembershipV1.Member {
  /// What is kept of a member: all but what only an answer has.
  init(_ state: MemberState) {
    let member = state.member
    self.init(
      kind: Kind(number: Int32(member.kind?.rawValue ?? 0)),
      displayName: member.displayName.message, countryCode: member.countryCode,
      section: member.section, level: Level(number: Int32(member.level?.rawValue ?? 0)),
      population: member.population.map(Population.init), location: member.location?.message,
      languages: member.languages, identifiers: member.identifiers.map(Identifier.init),
      statusSteps: member.statusSteps.map(StatusStep.init),
      status: Status(number: Int32(state.status?.rawValue ?? 0)),
      accessLevel: member.readers.message, sources: member.sources.map(\.message))
  }

  /// The answer for a reader of these languages; without them, for those who read all.
  init(_ record: MemberRecord, shown languages: LanguagePreference? = nil) {
    self.init(record.state)
    name = record.name
    uid = record.uid
    etag = record.version.etag
    shownName = languages.flatMap { record.state.member.displayName.shown($0) }
      .map(TypeV1.ShownText.init)
    createTime = record.createTime.timestamp
    updateTime = record.updateTime.timestamp
    deleteTime = record.deleteTime?.timestamp
    validPeriod = TypeV1.ValidPeriod(record.period)
  }
}

extension MembershipV1.Member.Population {
  fileprivate init(_ population: Member.Population) {
    self.init(
      inhabitants: population.inhabitants, date: population.date?.message,
      source: population.source)
  }
}

extension MembershipV1.Member.Identifier {
  init(_ identifier: Identifier) {
    self.init(
      scheme: Scheme(number: Int32(identifier.scheme?.rawValue ?? 0)), value: identifier.value)
  }
}

extension MembershipV1.Member.StatusStep {
  fileprivate init(_ step: StatusStep) {
    self.init(
      status: MembershipV1.Member.Status(number: Int32(step.status?.rawValue ?? 0)),
      date: step.date?.message, reason: step.reason.message, document: step.document)
  }
}

extension MembershipV1.MemberRevision {
  init(_ record: MemberRecord, shown languages: LanguagePreference) {
    self.init(
      member: MembershipV1.Member(record, shown: languages),
      recordedFrom: record.recordedFrom.timestamp,
      recordedUntil: record.recordedUntil == .forEver ? nil : record.recordedUntil.timestamp,
      requestId: record.requestID)
  }
}
