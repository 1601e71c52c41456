import RPC
import Storage
import Testing
import WellKnown

@testable import ServiceRuntime

/// What callers hear of a store in trouble.
@Suite struct StorageErrorTests {
  @Test(
    "Each trouble has its code and reason, and says when to try again where that helps",
    arguments: [
      (.outcomeUnknown("fsync"), .unavailable, "STORAGE_OUTCOME_UNKNOWN", true),
      (.unavailable("recovers"), .unavailable, "STORAGE_RECOVERING", true),
      (.ioFailed("disk /dev/sda1"), .unavailable, "STORAGE_RECOVERING", true),
      (.closed, .unavailable, "STORAGE_RECOVERING", true),
      (.overloaded(waiting: 1000), .resourceExhausted, "STORAGE_OVERLOADED", true),
      (.diskFull, .resourceExhausted, "STORAGE_FULL", false),
      (.timeLimitExceeded, .resourceExhausted, "STORAGE_TIME_LIMIT", false),
      (.tooManyRows(limit: 9), .resourceExhausted, "STORAGE_ROW_LIMIT", false),
      (.valueTooLarge, .invalidArgument, "STORAGE_VALUE_TOO_LARGE", false),
      (.damaged("page 7"), .dataLoss, "STORAGE_DAMAGED", false),
      (.uniqueViolation("member.name"), .internal, "STORAGE_MISUSED", false),
      (.failed("no such table: x"), .internal, "STORAGE_MISUSED", false),
    ] as [(StorageError, StatusCode, String, Bool)])
  func mapping(error: StorageError, code: StatusCode, reason: String, mayRetry: Bool) {
    let answer = RPCError(error)
    #expect(answer.code == code)
    #expect(answer.reason == reason)
    let retry = answer.details.lazy.compactMap { $0.unpacked(as: GoogleRPC.RetryInfo.self) }.first
    #expect((retry != nil) == mayRetry)
    // Nothing of the store's inside is told.
    for inside in ["/dev", "member", "table", "page 7", "fsync"] {
      #expect(!answer.message.contains(inside))
    }
  }
}
