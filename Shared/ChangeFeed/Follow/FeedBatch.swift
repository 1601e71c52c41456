package import Messages

/// Steps of another service's feed, to be taken in together with the cursor behind them.
package struct FeedBatch: Sendable, Hashable {
  /// A new snapshot begins before the changes: from now on what is not named until its end is gone.
  /// What was known stays until then.
  package var beginsSnapshot: Bool
  package var changes: [FeedV1.Change]
  /// The snapshot, begun in this batch or in an earlier one, ended in this batch.
  package var endsSnapshot: Bool
  /// To be kept in the same transaction as the changes.
  package var cursor: String

  package init(
    beginsSnapshot: Bool = false, changes: [FeedV1.Change] = [], endsSnapshot: Bool = false,
    cursor: String = ""
  ) {
    self.beginsSnapshot = beginsSnapshot
    self.changes = changes
    self.endsSnapshot = endsSnapshot
    self.cursor = cursor
  }
}

/// Where a follower puts what it hears.
///
/// A batch and its cursor are kept both or neither: then nothing is lost and nothing counted twice,
/// wherever the process ends.
package protocol FeedSink: Sendable {
  /// The cursor that was kept last; nil before the first.
  func cursor() async throws -> String?
  /// Whether a snapshot was ever taken in to its end: before, what is not here may still exist.
  func isWhole() async throws -> Bool
  /// Takes in a batch. A change whose `resource` is absent says that the resource is gone.
  func apply(_ batch: FeedBatch) async throws
}
