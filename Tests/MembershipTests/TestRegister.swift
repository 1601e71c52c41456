import Auth
import ChangeFeed
import Messages
import RPC
import ResourceAPI
import Storage
import Synchronization
import Vocabulary
import WellKnown

@testable import ServiceRuntime
@testable import cabildo_membership

/// A register of its own on a real store, behind its API, with a clock that the test sets.
final class TestRegister: Sendable {
  let database: SQLiteDatabase
  let api: MembershipAPI
  private let time: Time

  /// Noon of a day.
  final class Time: Sendable {
    private let value: Mutex<RecordedTime>
    init(_ day: String) { value = Mutex(Self.noon(day)) }
    var now: RecordedTime { value.withLock { $0 } }
    func set(_ day: String) { value.withLock { $0 = Self.noon(day) } }
    func advance() {
      value.withLock { $0 = RecordedTime(microseconds: $0.microseconds + 1_000_000) }
    }

    private static func noon(_ day: String) -> RecordedTime {
      let number = Day(day)?.number ?? 0
      return RecordedTime(microseconds: Int64(number) * 86_400_000_000 + 43_200_000_000)
    }
  }

  init(_ location: StoreLocation = .memory, today: String = "2024-06-15") async throws {
    let time = Time(today)
    self.time = time
    database = try await SQLiteDatabase.open(location, migrations: MembershipSchema.migrations)
    api = try await MembershipAPI(database) { time.now }
  }

  func today(is day: String) { time.set(day) }

  /// A second passes; returns the moment before it.
  @discardableResult func tick() -> GoogleProtobuf.Timestamp {
    let now = time.now
    time.advance()
    return now.timestamp
  }

  /// A registrar's.
  var client: MembershipV1.MembershipServiceClient { client(as: [.registrar]) }

  /// That of a caller with these roles; nil is nobody.
  func client(as roles: Set<Role>?) -> MembershipV1.MembershipServiceClient {
    let principal = roles.map { Principal(subject: "test", roles: $0) }
    let interceptors = principal.map { [ActingAs(principal: $0)] } ?? []
    return MembershipV1.MembershipServiceClient(
      InProcessChannel(Router([api]), interceptors: interceptors))
  }

  /// What a token would say; that tokens are checked is the runtime's to show.
  private struct ActingAs: ServerInterceptor {
    let principal: Principal

    func intercept(_ call: ServerCall, next: (ServerCall) async throws -> Void) async throws {
      var call = call
      call.context.principal = principal
      try await next(call)
    }
  }
}

extension MembershipV1.Member {
  /// A city that keeps all rules.
  static func city(_ name: String = "Bilbao", country: String = "ES") -> Self {
    MembershipV1.Member(
      kind: .city, displayName: TypeV1.LocalizedText(values: ["es": name], originalLanguage: "es"),
      countryCode: country)
  }
}

/// What a call fails with.
func failure<Result>(_ body: () async throws -> Result) async -> RPCError? {
  do {
    _ = try await body()
    return nil
  } catch { return error as? RPCError ?? RPCError(.unknown, "\(error)") }
}
