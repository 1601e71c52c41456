package import RPC
package import Storage

/// What writes with a `request_id` were answered, kept with what they wrote.
///
/// A request is claimed before the write and gets its answer after it, in the same transaction: of
/// two that race, the second waits for the first and finds its answer. Only what succeeded is kept;
/// a write that failed may be tried again under its name.
package struct RequestLog {
  let transaction: any Transaction

  package init(_ transaction: any Transaction) { self.transaction = transaction }

  /// How long an answer is kept at least.
  package static let retention = Duration.seconds(7 * 86_400)

  /// The answer of the same request if there was one. Nil where there was none: then the request is
  /// this transaction's to answer.
  package func claim(_ key: RequestKey, at now: RecordedTime) throws -> [UInt8]? {
    let claimed = try transaction.run(
      """
      INSERT INTO request_record (method, request_id, fingerprint, response, recorded_at)
      VALUES (\(key.method.path), \(key.id), \(key.fingerprint), NULL, \(now.microseconds))
      ON CONFLICT (method, request_id) DO NOTHING
      """)
    guard claimed == 0 else { return nil }
    let row = try transaction.rows(
      """
      SELECT fingerprint, response FROM request_record
      WHERE method = \(key.method.path) AND request_id = \(key.id)
      """
    ).first
    guard let row, let response = try row.bytesIfPresent("response") else {
      throw StorageError.failed("the request \(key.id) has no answer")
    }
    guard try row.text("fingerprint") == key.fingerprint else {
      throw RequestIDReused(id: key.id)
    }
    return response
  }

  package func answer(_ key: RequestKey, _ response: [UInt8]) throws {
    try transaction.run(
      """
      UPDATE request_record SET response = \(response)
      WHERE method = \(key.method.path) AND request_id = \(key.id)
      """)
  }
}

/// The id names another request already.
package struct RequestIDReused: Error, Hashable, RPCErrorConvertible {
  package let id: String

  package static let reason = "REQUEST_ID_REUSED"

  package var rpcError: RPCError {
    RPCError(
      .failedPrecondition, "the request_id \(id) was used for another request"
    ).reason(Self.reason, ["request_id": id])
  }
}
