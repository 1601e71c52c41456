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

extension Session {
  /// Writes what a write answers: what is now, or with a dry run what would be.
  func writeChanged<Record: Message>(_ record: Record, _ columns: [Column<Record>]) throws {
    try RecordWriter.writeOne(record, global.output, columns)
    if global.dryRun { Terminal.tell("Nothing was changed: this was a dry run.") }
  }
}

/// A command that calls a server: it says what to do with a session, all else is the same for all.
protocol RemoteCommand: AsyncParsableCommand {
  var global: GlobalOptions { get }
  func run(_ session: Session) async throws
  /// The option in which the command has a field of its request; nil where it has none.
  static func option(for field: String) -> String?
}

extension RemoteCommand {
  static func option(for field: String) -> String? { nil }

  func run() async throws {
    let settings = try ConnectionSettings(global, contexts: .read())
    var interceptors: [any ClientInterceptor] = []
    if global.showRpc { interceptors.append(ShownCalls(server: settings.server)) }
    do {
      try await settings.withChannel(interceptors) { channel in
        try await run(Session(global, settings, channel))
      }
    } catch {
      throw RemoteFailure(error: error, server: settings.server, option: Self.option)
    }
  }
}

/// A failure of a command that calls a server, and which these were.
struct RemoteFailure: Error {
  let error: any Error
  let server: String
  let option: @Sendable (String) -> String?
}

extension JSONEncodingOptions {
  /// With every type of ours, for what an `Any` holds.
  static let cabildo = JSONEncodingOptions(registry: MessageRegistry(MessagesRegistry.messages))
}
