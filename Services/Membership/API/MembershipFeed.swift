import ChangeFeed
import MembershipDomain
package import Messages
package import RPC
import ResourceAPI
import Storage
import Vocabulary

/// What the feed of the register has: sections first, so that a consumer knows them when members
/// name them.
enum MembershipFeed {
  static func collections(today: @escaping @Sendable () -> Day) -> [FeedCollection] {
    [
      FeedCollection(MembershipV1.Section.messageName, named: Section.namePrefix) {
        transaction, page, hand in
        try SectionStore(transaction: transaction).snapshot(page, hand)
      },
      FeedCollection(MembershipV1.Member.messageName, named: MemberRecord.namePrefix) {
        transaction, page, hand in
        try MemberSnapshot(transaction: transaction, today: today()).read(page, hand)
      },
    ]
  }

  /// A record is seen, or not, by its access level, in the words of the contract.
  static func view(_ clearance: AccessLevel) -> FeedView {
    FeedView(clearance.name) { access in
      AccessLevel(name: access).map { $0 <= clearance } ?? false
    }
  }
}

extension MembershipAPI {
  package func watchChanges(
    _ request: FeedV1.WatchChangesRequest,
    _ responses: ResponseWriter<FeedV1.WatchChangesResponse>, _ context: CallContext
  ) async throws {
    try await feed.watch(request, responses, context, MembershipFeed.view(context.clearance))
  }
}

extension MembershipAPI {
  /// Tells of what began to hold since the last time, if the day is another: what was recorded for
  /// a later day holds when the day has come, without a write, and a consumer's copy is to be what
  /// a read answers.
  func beginDay() async throws {
    let today = today
    var isTold = try await database.read { try RegisterDay(transaction: $0).isTold(today) }
    while !isTold {
      try Task.checkCancellation()
      isTold = try await feed.write { transaction, log in
        try RegisterDay(transaction: transaction).step(today, log)
      }
    }
  }
}
