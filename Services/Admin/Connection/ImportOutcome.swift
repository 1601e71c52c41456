import RPC

/// What a failure means for the register.
enum ImportOutcome {
  static let nothing = "Nothing was applied."

  /// A failure in here has changed nothing.
  static func nothingApplied<Result>(_ body: () async throws -> Result) async throws -> Result {
    do { return try await body() } catch { throw Stopped(error: error, outcome: nothing) }
  }

  /// A server that refuses has applied nothing. One that does not answer may have applied all: a
  /// plan is applied once, however often it is asked for.
  static func ofApplying<Result>(_ plan: String, _ body: () async throws -> Result) async throws
    -> Result
  {
    do { return try await body() } catch {
      let isRefusal = (error as? RPCError).map { refusals.contains($0.code) } ?? false
      let name = ResourceName.short(plan)
      throw Stopped(
        error: error,
        outcome: isRefusal
          ? nothing
          : "Whether it was applied is not known: cabildo members import --apply \(name) tells, "
            + "and applies it if it was not.")
    }
  }

  private static let refusals: Set<StatusCode> = [
    .invalidArgument, .notFound, .permissionDenied, .unauthenticated, .failedPrecondition,
    .resourceExhausted, .unimplemented,
  ]
}
