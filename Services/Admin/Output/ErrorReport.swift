import Messages
import Protobuf
import RPC
import WellKnown

/// What is told of a failure: one sentence, what is wrong in detail, and what to do next.
struct ErrorReport {
  let status: ExitStatus
  let error: RPCError
  private let advice: [String]
  /// What became of what was to be done; empty where that is plain.
  private var outcome = ""
  /// The options in which the command has the fields of a request.
  private let option: @Sendable (String) -> String?

  /// Of a failure that says which command and server it is of, or of any.
  init(_ failure: any Error) {
    let remote = failure as? RemoteFailure
    self.init(remote?.error ?? failure, server: remote?.server ?? "") { remote?.option($0) }
  }

  private init(
    _ error: any Error, server: String, _ option: @escaping @Sendable (String) -> String?
  ) {
    switch error {
    case let stopped as Stopped:
      self.init(stopped.error, server: server, option)
      outcome = stopped.outcome
    case let usage as UsageError:
      self.init(.usage, "USAGE", usage.problem, [usage.advice].compactMap { $0 })
    case let declined as Declined:
      self.init(
        .declined, "NOT_CONFIRMED", "\(declined.what) was not confirmed; nothing was changed",
        ["Without a terminal, --yes says yes."])
    case let error as JSONError: self.init(.invalid, "INVALID_JSON", "\(error)", [])
    case let error as DecodingError: self.init(.other, "MALFORMED_MESSAGE", "\(error)", [])
    case let rows as BadRows: self.init(rows)
    case let encoding as EncodingError:
      self.init(.invalid, "BAD_ENCODING", encoding.problem, [encoding.advice])
    case let rows as ConflictingRows:
      self.init(
        .partial, "IMPORT_HAS_CONFLICTS",
        "\(rows.count == 1 ? "1 row contradicts" : "\(rows.count) rows contradict") the register, "
          + "or a row before", ["Mend the file and import it again."])
    default:
      let known = error is RPCError || error is CancellationError
      let rpc = known ? RPCError(error) : RPCError(.internal, "\(error)")
      self.init(
        status: ExitStatus(rpc.code), error: rpc, advice: Self.advice(on: rpc, server), option)
    }
  }

  private init(
    status: ExitStatus, error: RPCError, advice: [String],
    _ option: @escaping @Sendable (String) -> String? = { _ in nil }
  ) {
    self.status = status
    self.error = error
    self.advice = advice
    self.option = option
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
    var violations = violations
    var sentence = sentence
    // A message that says no more than the first of the fields at fault is not said twice.
    let request: GoogleRPC.BadRequest? = detail()
    let fields = request?.fieldViolations ?? []
    if let first = fields.first, sentence.hasPrefix("\(first.field): \(first.description)") {
      sentence = fields.count == 1 ? violations.removeFirst() : "these fields are wrong"
    }
    let reason = error.reason.map { " (\($0))" } ?? ""
    var lines = ["\(Terminal.alarming("cabildo:")) \(words(error.code)): "]
    lines[0] += DisplayWidth.harmless(sentence) + reason
    lines += violations.map { "  " + DisplayWidth.harmless($0) }
    if !outcome.isEmpty { lines.append(outcome) }
    lines += advice.map { "  -> " + DisplayWidth.harmless($0) }
    return lines.joined(separator: "\n")
  }

  private var sentence: String {
    let message: GoogleRPC.LocalizedMessage? = detail()
    return message?.message ?? error.message
  }

  /// For programs: `google.rpc.Status`.
  var json: String {
    let registry = MessageRegistry(MessagesRegistry.messages)
    let message = outcome.isEmpty ? error.message : "\(error.message). \(outcome)"
    let whole = GoogleRPC.Status(
      code: Int32(error.code.rawValue), message: message, details: error.details)
    if let text = try? whole.jsonString(JSONEncodingOptions(registry: registry)) { return text }
    // A detail of a type that is not known here goes; the rest is worth more than nothing.
    let bare = GoogleRPC.Status(code: whole.code, message: whole.message)
    return (try? bare.jsonString()) ?? "{}"
  }

  private var violations: [String] {
    var lines: [String] = []
    for detail in error.details {
      if let request: GoogleRPC.BadRequest = detail.unpacked() {
        lines += request.fieldViolations.map {
          "\(option($0.field) ?? $0.field): \($0.description)"
        }
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
