import Messages
import RPC
import ServiceRuntime

/// Asks an upstream whether it serves.
struct UpstreamProbe: Sendable {
  let upstream: Upstream

  /// Why it does not, in a few words that anybody may read.
  struct Failure: Error, Hashable { let words: String }

  /// How long it may take to answer.
  private static let patience = Duration.milliseconds(1500)

  /// The same as one of the checks of the host.
  func check() async throws(CheckFailure) {
    do throws(Failure) {
      try await ask()
    } catch {
      throw CheckFailure(error.words)
    }
  }

  func ask() async throws(Failure) {
    do {
      let client = GrpcHealthV1.HealthClient(try upstream.connection())
      let answer = try await client.check(.init(), CallOptions(timeout: Self.patience))
      guard answer.status == .serving else {
        throw Failure(words: "it says \(answer.status.name ?? "\(answer.status.number)")")
      }
    } catch let failure as Failure {
      throw failure
    } catch {
      try Self.judge(RPCError(error))
    }
  }

  /// One that answers calls and knows no health service counts as well.
  private static func judge(_ error: RPCError) throws(Failure) {
    switch error.code {
    case .unimplemented where error.metadata.field("grpc-status") != nil: return
    case .deadlineExceeded: throw Failure(words: "it does not answer")
    default: throw Failure(words: "it cannot be reached (\(error.reason ?? error.code.name))")
    }
  }
}
