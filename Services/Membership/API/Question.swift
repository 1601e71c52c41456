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

  /// Reads one snapshot of the store.
  func ask<Answer: Sendable>(
    _ feed: FeedServer,
    _ body: @escaping @Sendable (MemberReader, AsOf) throws -> Answer
  ) async throws -> Answer {
    if let recorded { try await settle(recorded, feed) }
    return try await feed.database.read { [self] transaction in
      let reader = MemberReader(transaction: transaction, clearance: clearance)
      return try body(reader, AsOf(day, recorded: recorded))
    }
  }

  /// What was known at a moment can be told for good only when nothing more can be recorded at it:
  /// something later was, or it is past and the writes that had begun by then have ended.
  private func settle(_ moment: RecordedTime, _ feed: FeedServer) async throws {
    let end = try await feed.database.read { try ChangeLog($0).end().recordedTime }
    guard moment > end else { return }
    guard moment < now else { throw MembershipError.recordedTimeInFuture }
    if moment.duration(to: now) < Self.longestWrite { try await feed.settle() }
  }

  /// No write takes longer: an import of a whole register takes seconds.
  private static let longestWrite = Duration.seconds(600)
}
