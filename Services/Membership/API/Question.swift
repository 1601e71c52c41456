import ChangeFeed
import MembershipDomain
import Messages
import RPC
import ResourceAPI
import Storage
import Vocabulary

/// Who asks, and for which point on the two clocks.
struct Question: Sendable {
  let clearance: AccessLevel
  let day: Day
  /// Nil where the caller wants what is known now.
  let recorded: RecordedTime?
  private let validDate: Day?
  private let now: RecordedTime

  init(
    _ asOf: TypeV1.AsOf?, _ fields: inout RequestFields, _ now: RecordedTime,
    _ context: CallContext
  ) {
    clearance = context.clearance
    self.now = now
    validDate = fields.day(asOf?.validDate, "as_of.valid_date")
    day = validDate ?? now.day
    recorded = asOf?.recordedTime.flatMap { RecordedTime($0) }
    if asOf?.recordedTime != nil, recorded == nil {
      fields.note(Violation("as_of.recorded_time", .dateInvalid, "no moment in time"))
    }
  }

  /// What a page token is bound to. A list of today goes on at midnight.
  var binding: String {
    "\(validDate?.description ?? "today") \(recorded?.microseconds.description ?? "now") "
      + clearance.name
  }

  /// Reads one snapshot of the store. What has been known at a moment can only be told when nothing
  /// more can be recorded at it: the recorded clock has passed it, or the wall clock has.
  func ask<Answer: Sendable>(
    _ database: any Database,
    _ body: @escaping @Sendable (MemberReader, AsOf) throws -> Answer
  ) async throws -> Answer {
    try await database.read { [self] transaction in
      if let recorded, recorded >= now, try recorded > ChangeLog(transaction).end().recordedTime {
        throw MembershipError.recordedTimeInFuture
      }
      let reader = MemberReader(transaction: transaction, clearance: clearance)
      return try body(reader, AsOf(day, recorded: recorded))
    }
  }
}
