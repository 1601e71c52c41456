import ChangeFeed
import MembershipDomain
import Storage
import Vocabulary

/// Does what a plan says, in one transaction and through the register that single writes go
/// through.
struct ImportApplication {
  let register: MemberRegister
  /// Makes members of the rows that look like another.
  let createsDuplicates: Bool

  /// Steps that are in memory at once.
  private static let pageSteps = 100
  private static let pageBytes = 1 << 20

  /// `progress` is told how many rows are done, and ends all by throwing.
  func apply(
    _ id: MemberImportID, at now: RecordedTime, progress: (Int64) throws -> Void
  ) throws -> MemberImportRecord {
    let store = MemberImportStore(transaction: register.store.transaction)
    try check(try store.existing(id, at: now))
    let sections = try register.sections()
    let actions: [ImportDecision.Action] =
      createsDuplicates ? [.create, .update, .probableDuplicate] : [.create, .update]
    var place: Int64 = 0
    while true {
      let steps = try store.steps(
        of: id, actions, after: place, limit: Self.pageSteps, bytes: Self.pageBytes)
      for step in steps { try apply(step, sections: sections) }
      guard let last = steps.last else { break }
      place = last.place
      try progress(place)
    }
    try store.markApplied(id, at: register.log.recordingTime())
    return try store.existing(id, at: now)
  }

  private func check(_ plan: MemberImportRecord) throws {
    guard plan.state != .applied else { throw MemberImportError.alreadyApplied(plan.id.name) }
    guard plan.counts[.invalid] == 0 else {
      throw MemberImportError.hasInvalidRows(plan.counts[.invalid])
    }
    guard plan.counts[.conflict] == 0 else {
      throw MemberImportError.hasConflicts(plan.counts[.conflict])
    }
    let current = try register.log.end().sequence
    guard current == plan.sequence else {
      throw MemberImportError.registerMoved(planned: plan.sequence, current: current)
    }
  }

  /// The register is as it was when the step was planned, so it does what was said.
  private func apply(_ step: MemberImportStore.Step, sections: Set<String>) throws {
    if step.makesMember {
      let timeline = try RegisteredMember.admitting(
        step.member, during: .always, sections: sections)
      _ = try register.admit(step.id, timeline)
      return
    }
    guard let stored = try register.find(step.id) else {
      throw StorageError.damaged("an import changes \(step.id), which is not there")
    }
    let merge = stored.member.merging(ImportRow(0, step.member), sections: sections)
    _ = try register.update(stored, to: merge.timeline)
  }
}
