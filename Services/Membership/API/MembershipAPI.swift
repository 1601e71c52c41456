import ChangeFeed
import MembershipDomain
import Messages
import RPC
import ResourceAPI
import Storage
import Vocabulary

/// Serves `cabildo.membership.v1.MembershipService`. A handler reads its request, loads, lets the
/// domain decide, saves and answers:
///
///     MemberReads           get, list, look up, search, history
///     MemberWrites          create, update, delete, undelete
///     MemberImportMethods   many at once, by way of a plan
///     SectionMethods        the sections
///     MembershipFeed        the changes
package struct MembershipAPI: MembershipV1.MembershipService {
  let feed: FeedServer
  let clock: @Sendable () -> RecordedTime

  var database: any Database { feed.database }
  /// The day in UTC.
  var today: Day { clock().day }

  /// Opens the feed of a store that has the schema.
  init(
    _ database: any Database, _ settings: FeedSettings = FeedSettings(),
    clock: @escaping @Sendable () -> RecordedTime = { .now }
  ) async throws {
    self.clock = clock
    feed = try await FeedServer(
      database, MembershipFeed.collections { clock().day }, settings: settings, clock: clock)
  }
}

extension RecordedTime {
  var day: Day {
    let (day, rest) = microseconds.quotientAndRemainder(dividingBy: 86_400_000_000)
    return Day(number: Int(rest < 0 ? day - 1 : day))
  }
}
