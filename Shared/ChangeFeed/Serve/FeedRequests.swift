internal import Messages
internal import RPC
internal import Storage
internal import WellKnown

// What a stream asks of its server.

extension FeedServer {
  /// The collections that a request names; all where it names none.
  func collections(of types: [String]) throws(RPCError) -> [FeedCollection] {
    guard !types.isEmpty else { return collections }
    let unknown = types.first { type in !collections.contains { $0.type == type } }
    if let unknown {
      let known = collections.map(\.type).joined(separator: ", ")
      throw .badRequest(
        "resource_types", "\"\(unknown)\" is not in this feed, which has \(known)",
        reason: "RESOURCE_TYPE_UNKNOWN")
    }
    return collections.filter { types.contains($0.type) }
  }

  /// What a request may have, nearest to what it wants.
  func bookmarkInterval(_ wanted: GoogleProtobuf.Duration?) throws(RPCError) -> Duration {
    guard let wanted else { return settings.bookmarkInterval }
    guard let duration = wanted.duration, duration >= .zero else {
      throw .badRequest(
        "bookmark_interval", "not a length of time", reason: "BOOKMARK_INTERVAL_INVALID")
    }
    let allowed = settings.bookmarkIntervals
    return min(max(duration, allowed.lowerBound), allowed.upperBound)
  }

  /// What stands behind a sequence: from memory, or for who is far behind from the store.
  func next(after sequence: Int64) async throws -> Tail.Look {
    if let look = tail.look(after: sequence, settings.page) { return look }
    let (time, page) = (now, settings.page)
    do {
      let entries = try await database.read { transaction in
        try ChangeLog(transaction, now: time).page(after: sequence, page)
      }
      return entries.isEmpty ? .end(time) : .entries(entries)
    } catch let trimmed as EntriesTrimmed {
      throw CursorError.expired(oldest: trimmed.oldest, retention: settings.retention)
    }
  }
}

extension RPCError {
  /// INVALID_ARGUMENT for one field.
  static func badRequest(_ field: String, _ description: String, reason: String) -> RPCError {
    var error = RPCError(.invalidArgument, "\(field): \(description)").reason(reason)
    let violation = GoogleRPC.BadRequest.FieldViolation(
      field: field, description: description, reason: reason)
    error.details.append(
      GoogleProtobuf.`Any`(packing: GoogleRPC.BadRequest(fieldViolations: [violation])))
    return error
  }
}
