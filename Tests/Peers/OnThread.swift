internal import Foundation

/// Runs what blocks on a thread of its own: Swift's tasks share as few threads as there are cores,
/// and a test that waits on one of them would starve the server it waits for.
package func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result)
  async throws -> Result
{
  try await withCheckedThrowingContinuation { continuation in
    Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
  }
}
