import Messages
import Protobuf
import RPC

/// Brings the rows of a file to the server, which makes a plan of them, and has plans applied.
struct MemberImporter: Sendable {
  typealias Plan = MembershipV1.MemberImport
  private typealias Action = MembershipV1.ImportEntry.Action

  private static let rowsPerMessage = 500
  private static let bytesPerMessage = 256 * 1024
  /// Entries of a plan that are told.
  static let entriesMaximum = 1_000

  private let session: Session

  init(_ session: Session) { self.session = session }

  /// Streams the rows, and as many as the server has taken are the progress.
  func plan(_ file: MemberFile, _ count: Int) async throws -> Plan {
    let call = try await session.members.planMemberImport(session.streamOptions)
    return try await withThrowingTaskGroup(of: Plan?.self) { tasks in
      tasks.addTask {
        try await send(file, to: call)
        return nil
      }
      tasks.addTask { try await receivePlan(from: call, count) }
      var plan: Plan?
      do {
        while let result = try await tasks.next() { plan = result ?? plan }
      } catch {
        call.cancel()
        throw error
      }
      guard let plan else { throw RPCError(.internal, "the server made no plan") }
      return plan
    }
  }

  private typealias PlanCall = ClientCall<
    MembershipV1.PlanMemberImportRequest, MembershipV1.PlanMemberImportResponse
  >

  private func send(_ file: MemberFile, to call: PlanCall) async throws {
    var rows = try file.rows()
    var bad = BadRows(file: file.path)
    var batch = MembershipV1.PlanMemberImportRequest()
    var bytes = 0
    while let row = try rows.next(&bad) {
      bytes += row.encoded().count
      batch.rows.append(row)
      guard batch.rows.count >= Self.rowsPerMessage || bytes >= Self.bytesPerMessage else {
        continue
      }
      try await call.send(batch)
      batch.rows = []
      bytes = 0
    }
    // The file was whole a moment ago; what came to be wrong since ends the call, and the plan.
    guard bad.isEmpty else { throw bad }
    if !batch.rows.isEmpty { try await call.send(batch) }
    try await call.finishSending()
  }

  private func receivePlan(from call: PlanCall, _ count: Int) async throws -> Plan? {
    var bar = ProgressBar("Planning", of: count)
    defer { bar.clear() }
    var plan: Plan?
    for try await response in call.responses {
      switch response.event {
      case .rowsReceived(let rows)?: bar.show(Int(clamping: rows))
      case .memberImport(let made)?: plan = made
      case nil: break
      }
    }
    return plan
  }

  /// What in a plan is more than a creation or nothing: first what stands in its way, then what is
  /// left out, then what changes.
  func notableEntries(of plan: Plan) async throws -> [MembershipV1.ImportEntry] {
    var entries: [MembershipV1.ImportEntry] = []
    for actions in [[.invalid, .conflict], [.probableDuplicate], [.update]] as [[Action]] {
      var token = ""
      repeat {
        let answer = try await session.members.listImportEntries(
          .init(
            parent: plan.name, pageSize: Int32(Self.entriesMaximum - entries.count),
            pageToken: token, actions: actions),
          session.options)
        entries += answer.entries
        guard answer.nextPageToken != token else { break }
        token = answer.nextPageToken
      } while !token.isEmpty && entries.count < Self.entriesMaximum
      guard entries.count < Self.entriesMaximum else { break }
    }
    return Array(entries.prefix(Self.entriesMaximum))
  }

  func apply(_ plan: Plan, creatingDuplicates: Bool) async throws -> Plan {
    let call = try await session.invoker.serverStreaming(
      MembershipV1.MembershipServiceMethods.applyMemberImport,
      .init(
        name: plan.name, requestId: session.requestID,
        createProbableDuplicates: creatingDuplicates), session.streamOptions)
    var bar = ProgressBar("Applying", of: Int(clamping: plan.summary?.rows ?? 0))
    defer { bar.clear() }
    var applied: Plan?
    for try await response in call.responses {
      switch response.event {
      case .rowsDone(let rows)?: bar.show(Int(clamping: rows))
      case .memberImport(let done)?: applied = done
      case nil: break
      }
    }
    guard let applied else { throw RPCError(.internal, "the server did not say that it is done") }
    return applied
  }
}
