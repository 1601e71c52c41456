/// Why an import is not planned, not shown or not applied.
package enum MemberImportError: Error, Hashable, Sendable {
  /// By name: `memberImports/i0123456789abcdef`.
  case notFound(String)
  case expired(String)
  case alreadyApplied(String)
  /// Another change was recorded since the plan was begun.
  case registerMoved(planned: Int64, current: Int64)
  /// The same, while the rows still came.
  case registerMovedMeanwhile(planned: Int64, current: Int64)
  case hasConflicts(Int)
  case hasInvalidRows(Int)
  case tooManyRows(limit: Int)
  case tooManyImports(limit: Int)
}
