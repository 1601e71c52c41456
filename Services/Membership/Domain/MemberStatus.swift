package import Vocabulary

/// How a member stands to the organization.
package enum MemberStatus: Int, Hashable, Sendable, CaseIterable {
  case applicant = 1
  case active, suspended, withdrawn, excluded, rejected

  /// Whoever is told of it wants to know why.
  package var needsReason: Bool {
    switch self {
    case .suspended, .withdrawn, .excluded, .rejected: true
    case .applicant, .active: false
    }
  }

  /// What may follow. Only what is certain: an application is decided or taken back, a suspension
  /// is lifted or ends the membership, and who has left may come back.
  package var successors: Set<MemberStatus> {
    switch self {
    case .applicant: [.active, .withdrawn, .rejected]
    case .active: [.suspended, .withdrawn, .excluded]
    case .suspended: [.active, .withdrawn, .excluded]
    case .withdrawn, .excluded, .rejected: [.applicant, .active]
    }
  }
}

/// A change of status, and why.
package struct StatusStep: Hashable, Sendable {
  /// Nil where it was not said.
  package var status: MemberStatus?
  package var date: PartialDate?
  package var reason: LocalizedText
  package var document: String

  package init(
    _ status: MemberStatus?, _ date: PartialDate?, reason: LocalizedText = LocalizedText(),
    document: String = ""
  ) {
    self.status = status
    self.date = date
    self.reason = reason
    self.document = document
  }

  /// A step dated by a month, a semester or a year takes effect on the first day of it.
  package var effectiveDay: Day? { date?.period?.from }
}

extension [StatusStep] {
  /// That of the last step that had taken effect by this day; nil before the first.
  package func status(on day: Day) -> MemberStatus? {
    last { step in step.effectiveDay.map { $0 <= day } ?? false }?.status
  }

  package static var maxCount: Int { 100 }

  package func violations(_ field: String) -> [Violation] {
    guard count <= Self.maxCount else {
      return [Violation(field, .tooMany, "at most \(Self.maxCount) steps")]
    }
    let each = enumerated().flatMap { $1.violations("\(field)[\($0)]") }
    let pairs = zip(indices, indices.dropFirst()).flatMap { pairViolations(field, $0, $1) }
    return each + pairs
  }

  private func pairViolations(_ field: String, _ first: Int, _ second: Int) -> [Violation] {
    var found: [Violation] = []
    let (one, other) = (self[first], self[second])
    if let date = one.date, let next = other.date, let period = date.period,
      let following = next.period
    {
      let place = "\(field)[\(second)].date"
      if period.overlaps(following) {
        found.append(
          Violation(
            place, .stepsOverlap,
            "the steps \(first) (\(date)) and \(second) (\(next)) fall on the same days"))
      } else if following.from < period.from {
        found.append(
          Violation(
            place, .stepsOutOfOrder,
            "step \(second) (\(next)) stands behind step \(first) (\(date)) and was before it"))
      }
    }
    if let status = one.status, let next = other.status, !status.successors.contains(next) {
      found.append(
        Violation(
          "\(field)[\(second)].status", .transitionNotAllowed,
          "\(status.name) is not followed by \(next.name)"))
    }
    return found
  }
}

extension StatusStep {
  package static let maxReasonBytes = 2_000
  package static let maxDocumentBytes = 500

  fileprivate func violations(_ field: String) -> [Violation] {
    var found: [Violation] = []
    if status == nil {
      found.append(Violation("\(field).status", .required, "a step has a status"))
    }
    if let fault = dateFault {
      found.append(
        Violation("\(field).date", date == nil ? .required : .dateInvalid, fault))
    }
    if let status, status.needsReason, reason.values.isEmpty {
      found.append(
        Violation("\(field).reason", .required, "\(status.name) needs a reason"))
    }
    return found
      + reason.violations("\(field).reason", maxBytes: Self.maxReasonBytes)
      + TextRule(maxBytes: Self.maxDocumentBytes, mayBeBlank: true)
      .violations("\(field).document", document)
  }

  private var dateFault: String? {
    guard let date else { return "a step has a date" }
    if let fault = date.fault { return fault }
    return date.period == nil ? "a step has a date that is known" : nil
  }
}

extension MemberStatus {
  /// As in the contract.
  package var name: String {
    switch self {
    case .applicant: "APPLICANT"
    case .active: "ACTIVE"
    case .suspended: "SUSPENDED"
    case .withdrawn: "WITHDRAWN"
    case .excluded: "EXCLUDED"
    case .rejected: "REJECTED"
    }
  }
}
