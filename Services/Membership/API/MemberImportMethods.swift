import ChangeFeed
import MembershipDomain
package import Messages
import Protobuf
package import RPC
import ResourceAPI
import Storage
import Synchronization
import Vocabulary

// The import of many members at once: a plan is made while rows come, read, and applied as a whole.

extension MembershipAPI {
  package func planMemberImport(
    _ requests: RequestStream<MembershipV1.PlanMemberImportRequest>,
    _ responses: ResponseWriter<MembershipV1.PlanMemberImportResponse>, _ context: CallContext
  ) async throws {
    _ = try context.registrar()
    try await trimImports()
    var planner = try await ImportPlanner(database, clock: clock)
    do {
      var told = 0
      while let request = try await requests.next() {
        for row in request.rows {
          try await planner.take(ImportRow(row), bytes: row.encoded().count)
        }
        // Seldom enough that a caller who reads only at the end holds nothing up.
        guard planner.count >= told + Self.progressRows else { continue }
        told = planner.count
        try await responses.send(.init(event: .rowsReceived(Int64(told))))
      }
      let plan = try await planner.finish()
      try await responses.send(.init(event: .memberImport(MembershipV1.MemberImport(plan))))
    } catch {
      await abandon(planner)
      throw error
    }
  }

  private static let progressRows = 500

  /// The call may be over already: its task is cancelled then, and this is none of it. What cannot
  /// be deleted now is seen by nobody, and goes in a day.
  private func abandon(_ planner: ImportPlanner) async {
    await Task { try? await planner.abandon() }.value
  }

  /// Forgets the imports that have expired.
  package func trimImports() async throws {
    try await MemberImportStore.trim(database, at: clock())
  }

  package func getMemberImport(
    _ request: MembershipV1.GetMemberImportRequest, _ context: CallContext
  ) async throws -> MembershipV1.MemberImport {
    _ = try context.registrar()
    var fields = RequestFields()
    let id = fields.importID(request.name, "name")
    guard let id else { throw RPCError.invalid(fields.violations) }
    let record = try await database.read { [clock] in
      try MemberImportStore(transaction: $0).existing(id, at: clock())
    }
    return MembershipV1.MemberImport(record)
  }

  package func listImportEntries(
    _ request: MembershipV1.ListImportEntriesRequest, _ context: CallContext
  ) async throws -> MembershipV1.ListImportEntriesResponse {
    _ = try context.registrar()
    var fields = RequestFields()
    let id = fields.importID(request.parent, "parent")
    let size = fields.pageSize(request.pageSize, standard: 100)
    let actions = fields.actions(request.actions)
    guard let id else { throw RPCError.invalid(fields.violations) }
    try fields.check()
    let binding = "ListImportEntries \(id.name) \(actions.map(\.rawValue))"
    let place = try MemberImportStore.place(pageToken(request.pageToken, for: binding))
    let entries = try await database.read { [clock] transaction in
      let store = MemberImportStore(transaction: transaction)
      _ = try store.existing(id, at: clock())
      return try store.entries(
        of: id, actions, after: place, limit: size + 1,
        bytes: PagedItems<MemberImportStore.Entry>.maxBytes)
    }
    let page = PagedItems(entries, size: size) { $0.byteCount }
    return MembershipV1.ListImportEntriesResponse(
      entries: page.items.map(\.message),
      nextPageToken: page.nextToken(for: binding) { [.integer($0.place)] })
  }

  package func applyMemberImport(
    _ request: MembershipV1.ApplyMemberImportRequest,
    _ responses: ResponseWriter<MembershipV1.ApplyMemberImportResponse>, _ context: CallContext
  ) async throws {
    let caller = try context.registrar()
    var fields = RequestFields()
    let id = fields.importID(request.name, "name")
    guard let id else { throw RPCError.invalid(fields.violations) }
    let key = try RequestKey(
      request.requestId, of: request,
      MembershipV1.MembershipServiceMethods.applyMemberImport.name, caller: caller)

    let (steps, continuation) = AsyncStream.makeStream(
      of: Int64.self, bufferingPolicy: .bufferingNewest(1))
    let progress = ImportProgress(continuation)
    async let applied = apply(
      id, key, createsDuplicates: request.createProbableDuplicates, progress)
    var told: Int64 = 0
    for await rows in steps where rows > told {
      told = rows
      try await responses.send(.init(event: .rowsDone(rows)))
    }
    try await responses.send(.init(event: .memberImport(applied)))
  }

  private func apply(
    _ id: MemberImportID, _ key: RequestKey?, createsDuplicates: Bool, _ progress: ImportProgress
  ) async throws -> MembershipV1.MemberImport {
    defer { progress.finish() }
    return try await withTaskCancellationHandler {
      try await feed.write(once: key) { [clock] transaction, log in
        let register = try MemberRegister(transaction, log, requestID: key?.id ?? "")
        let application = ImportApplication(
          register: register, createsDuplicates: createsDuplicates)
        let record = try application.apply(id, at: clock(), progress: progress.tell)
        return MembershipV1.MemberImport(record)
      }
    } onCancel: {
      progress.cancel()
    }
  }
}

/// Carries word of a transaction to the caller that waits for it. The transaction never waits: of
/// numbers that nobody has taken yet the last stays. And a caller that is gone ends it.
private final class ImportProgress: Sendable {
  private let rows: AsyncStream<Int64>.Continuation
  private let isCancelled = Atomic(false)

  init(_ rows: AsyncStream<Int64>.Continuation) { self.rows = rows }

  func tell(_ done: Int64) throws {
    guard !isCancelled.load(ordering: .relaxed) else { throw CancellationError() }
    rows.yield(done)
  }

  func finish() { rows.finish() }
  func cancel() { isCancelled.store(true, ordering: .relaxed) }
}

extension MemberImportStore {
  /// The place that a page goes on behind; 0 on the first.
  fileprivate static func place(_ token: PageToken?) throws(MembershipError) -> Int64 {
    guard let token else { return 0 }
    guard token.key.count == 1, case .integer(let place) = token.key[0] else {
      throw .pageTokenInvalid
    }
    return place
  }
}
