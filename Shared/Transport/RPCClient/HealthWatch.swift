internal import Messages
internal import RPC

/// Asks the server of one connection, on that connection, how a service of it is, for as long as the
/// task runs (gRFC A17).
struct HealthWatch: Sendable {
  let service: String
  let face: ConnectionFace
  let target: String
  let configuration: ChannelConfiguration
  /// Told what the balancer is to think of the connection.
  let report: @Sendable (EndpointState) -> Void

  func run() async {
    let client = GrpcHealthV1.HealthClient(OneConnection(face, target, configuration))
    var state = HealthWatchState(service, configuration.backoff, at: .now)
    var random = SystemRandomNumberGenerator()
    while !Task.isCancelled {
      state.began(at: .now)
      let error = await watch(client, &state)
      switch state.ended(error, at: .now, using: &random) {
      case .healthy: return report(.ready)
      case .restart(let delay, let failure):
        report(.failed(failure))
        try? await Task.sleep(for: delay)
      }
    }
  }

  /// Until the watch ends; with what error, if it was one.
  private func watch(_ client: GrpcHealthV1.HealthClient, _ state: inout HealthWatchState) async
    -> RPCError?
  {
    do {
      let call = try await client.watch(GrpcHealthV1.HealthCheckRequest(service: service))
      for try await answer in call.responses {
        let status = answer.status
        report(
          state.heard(
            isServing: status == .serving, status.name ?? "status \(status.number)"))
      }
      return nil
    } catch {
      return RPCError(error)
    }
  }
}

/// Makes calls on one connection and no other. They are no calls of the channel's.
private struct OneConnection: CallInvoker {
  private let board: ChannelBoard
  private let settings: OutgoingCall.Settings
  private let held = HeldCalls()

  init(_ face: ConnectionFace, _ target: String, _ configuration: ChannelConfiguration) {
    var plain = configuration
    plain.serviceConfig = ServiceConfig()
    board = ChannelBoard(target: target, plain) {}
    _ = board.publish(.ready([face]))
    settings = OutgoingCall.Settings(configuration)
  }

  func open(_ request: ClientRequest) async throws -> any ClientStream {
    let call = try OutgoingCall(request, settings, board)
    let handle = CallHandle(call, held)
    board.dispatch(call)
    return handle
  }
}
