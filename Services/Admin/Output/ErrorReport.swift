import Messages
import Protobuf
import RPC
import WellKnown

/// What is told of a failure: one sentence, what is wrong in detail, and what to do next.
struct ErrorReport {
  let status: ExitStatus
  let error: RPCError
  private let advice: [String]

  init(_ error: any Error, server: String) {
    switch error {
    case let usage as UsageError:
      self.init(.usage, "USAGE", usage.problem, [usage.advice].compactMap { $0 })
    case let declined as Declined:
      self.init(
        .declined, "NOT_CONFIRMED", "\(declined.what) was not confirmed; nothing was changed",
        ["Without a terminal, --yes says yes."])
    case let error as JSONError: self.init(.invalid, "INVALID_JSON", "\(error)", [])
    case let error as DecodingError: self.init(.other, "MALFORMED_MESSAGE", "\(error)", [])
    case let rows as BadRows: self.init(rows)
    default:
      let known = error is RPCError || error is CancellationError
      let rpc = known ? RPCError(error) : RPCError(.internal, "\(error)")
      self.init(status: ExitStatus(rpc.code), error: rpc, advice: Self.advice(on: rpc, server))
    }
  }

  private init(status: ExitStatus, error: RPCError, advice: [String]) {
    self.status = status
    self.error = error
    self.advice = advice
  }

  private init(_ status: ExitStatus, _ reason: String, _ problem: String, _ advice: [String]) {
    let code: StatusCode = status == .other ? .internal : .invalidArgument
    self.init(
      status: status, error: RPCError(code, problem).reason(reason), advice: advice)
  }

  private init(_ rows: BadRows) {
    var error = RPCError(.invalidArgument, rows.description).reason("BAD_ROWS")
    error.details.append(
      .init(
        packing: GoogleRPC.BadRequest(
          fieldViolations: rows.problems.map {
            .init(field: $0.place, description: $0.reason)
          })))
    self.init(status: .invalid, error: error, advice: [rows.advice])
  }

  /// For people.
  var text: String {
    let message: GoogleRPC.LocalizedMessage? = detail()
    let sentence = DisplayWidth.harmless(message?.message ?? error.message)
    let reason = error.reason.map { " (\($0))" } ?? ""
    var lines = ["\(Terminal.alarming("cabildo:")) \(words(error.code)): \(sentence)\(reason)"]
    lines += violations.map { "  " + DisplayWidth.harmless($0) }
    lines += advice.map { "  -> " + DisplayWidth.harmless($0) }
    return lines.joined(separator: "\n")
  }

  /// For programs: `google.rpc.Status`.
  var json: String {
    let registry = MessageRegistry(MessagesRegistry.messages)
    let whole = GoogleRPC.Status(
      code: Int32(error.code.rawValue), message: error.message, details: error.details)
    if let text = try? whole.jsonString(JSONEncodingOptions(registry: registry)) { return text }
    // A detail of a type that is not known here goes; the rest is worth more than nothing.
    let bare = GoogleRPC.Status(code: whole.code, message: whole.message)
    return (try? bare.jsonString()) ?? "{}"
  }

  private var violations: [String] {
    var lines: [String] = []
    for detail in error.details {
      if let request: GoogleRPC.BadRequest = detail.unpacked() {
        lines += request.fieldViolations.map { "\($0.field): \($0.description)" }
      } else if let failure: GoogleRPC.PreconditionFailure = detail.unpacked() {
        lines += failure.violations.map { "\($0.subject): \($0.description)" }
      } else if let help: GoogleRPC.Help = detail.unpacked() {
        lines += help.links.map { "\($0.description): \($0.url)" }
      }
    }
    return lines
  }

  private func detail<M: Message>() -> M? { error.details.lazy.compactMap { $0.unpacked() }.first }

  private func words(_ code: StatusCode) -> String {
    code.name.lowercased().replacing("_", with: " ")
  }

  private static func advice(on error: RPCError, _ server: String) -> [String] {
    var advice: [String] = []
    switch error.code {
    case .notFound: advice.append("See what there is with list or search.")
    case .unauthenticated:
      advice.append("Give a token: --token-file FILE, or CABILDO_TOKEN_FILE.")
    case .permissionDenied: advice.append("cabildo token inspect shows what your token may do.")
    case .aborted: advice.append("Read it again, and repeat the change on what it is now.")
    case .unavailable:
      advice.append("Is the server at \(server) up? --server names another.")
    case .deadlineExceeded: advice.append("--timeout 2m allows it longer.")
    case .unimplemented: advice.append("cabildo describe lists what the server has.")
    case .internal, .unknown, .dataLoss:
      if let id = error.metadata[RequestID.header] {
        advice.append("The server's log knows the call as \(id).")
      }
    default: break
    }
    let retry = error.details.lazy.compactMap { $0.unpacked(as: GoogleRPC.RetryInfo.self) }.first
    if let delay = retry?.retryDelay, case .string(let text)? = try? delay.jsonValue(.standard) {
      advice.append("Try again in \(text).")
    }
    return advice
  }
}
