import ArgumentParser
import Foundation
import Messages
import Protobuf
import RPC
import RPCClient

/// What a command that calls a server has at hand.
struct Session: Sendable {
  /// How long a call that answers once may take, if nobody says otherwise.
  private static let unaryTimeout = Duration.seconds(30)

  let global: GlobalOptions
  let server: String
  let invoker: any CallInvoker
  private let token: String?

  init(_ global: GlobalOptions, _ settings: ConnectionSettings, _ invoker: any CallInvoker) {
    self.global = global
    server = settings.server
    token = settings.token
    self.invoker = invoker
  }

  /// Options of a call that answers once.
  var options: CallOptions { options(defaultTimeout: Self.unaryTimeout) }
  /// Options of a call that may go on.
  var streamOptions: CallOptions { options(defaultTimeout: nil) }

  private func options(defaultTimeout: Duration?) -> CallOptions {
    var metadata = Metadata()
    if let token { metadata.add("authorization", "Bearer \(token)") }
    if let lang = global.lang { metadata.add("accept-language", lang) }
    if let id = global.requestId { metadata.add(RequestID.header, id) }
    return CallOptions(timeout: global.timeout?.duration ?? defaultTimeout, metadata: metadata)
  }

  /// The name of one write: given, or made here, so that what the transport repeats happens once.
  var requestID: String { global.requestId ?? UUID().uuidString.lowercased() }
  var languageCode: String { global.lang ?? "" }

  var members: MembershipV1.MembershipServiceClient { .init(invoker) }
  var health: GrpcHealthV1.HealthClient { .init(invoker) }
}

/// A command that calls a server: it says what to do with a session, all else is the same for all.
protocol RemoteCommand: AsyncParsableCommand {
  var global: GlobalOptions { get }
  func run(_ session: Session) async throws
}

extension RemoteCommand {
  func run() async throws {
    let settings = try ConnectionSettings(global, contexts: .read())
    var interceptors: [any ClientInterceptor] = []
    if global.showRpc { interceptors.append(ShownCalls(server: settings.server)) }
    do {
      try await settings.withChannel(interceptors) { channel in
        try await run(Session(global, settings, channel))
      }
    } catch { throw RemoteFailure(error: error, server: settings.server) }
  }
}

/// A failure of a command that calls a server, and which that was.
struct RemoteFailure: Error {
  let error: any Error
  let server: String
}

extension JSONEncodingOptions {
  /// With every type of ours, for what an `Any` holds.
  static let cabildo = JSONEncodingOptions(registry: MessageRegistry(MessagesRegistry.messages))
}
