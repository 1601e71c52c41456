import MembershipDomain
package import RPC
import ResourceAPI
import Vocabulary
import WellKnown

extension MembershipError: RPCErrorConvertible {
  package var rpcError: RPCError {
    switch self {
    case .invalid(let outer, let violations): .invalid(violations, in: outer)
    case .memberNotFound(let name):
      RPCError(.notFound, "there is no \(name)").reason("MEMBER_NOT_FOUND", ["member": name])
    case .memberExists(let id, let isDeleted):
      RPCError(
        .alreadyExists,
        "there is a members/\(id)" + (isDeleted ? ", which is deleted: undelete it" : "")
      ).reason("MEMBER_EXISTS", ["member": "members/\(id)", "deleted": "\(isDeleted)"])
    case .memberDeleted(let id):
      RPCError(.failedPrecondition, "members/\(id) is deleted: undelete it first")
        .reason("MEMBER_DELETED", ["member": "members/\(id)"])
    case .memberNotDeleted(let id):
      RPCError(.alreadyExists, "members/\(id) is not deleted")
        .reason("MEMBER_NOT_DELETED", ["member": "members/\(id)"])
    case .etagMismatch(let id, let given, let current):
      RPCError(.aborted, "members/\(id) was changed since: read it again and decide anew")
        .reason("ETAG_MISMATCH", ["etag": given.printable, "current_etag": current])
    case .identifierTaken(let identifier, let id):
      RPCError(
        .alreadyExists,
        "\(identifier.scheme?.name ?? "") \(identifier.value) is that of members/\(id)"
      ).reason("IDENTIFIER_TAKEN", ["identifier": identifier.value, "member": "members/\(id)"])
    case .periodNotCovered(let id, let period):
      RPCError(.failedPrecondition, "the register says nothing of members/\(id) for \(period)")
        .reason("PERIOD_NOT_COVERED", ["period": "\(period)"])
    case .sectionNotFound(let name):
      RPCError(.notFound, "there is no \(name)").reason("SECTION_NOT_FOUND", ["section": name])
    case .sectionExists(let id):
      RPCError(.alreadyExists, "there is a sections/\(id)")
        .reason("SECTION_EXISTS", ["section": "sections/\(id)"])
    case .filterInvalid, .filterNotSupported, .orderNotSupported, .pageTokenInvalid,
      .pageTokenMismatch, .recordedTimeInFuture:
      questionError
    }
  }

  /// Of errors in what a read asks.
  private var questionError: RPCError {
    switch self {
    case .filterInvalid(let error):
      question("filter", "column \(error.column): \(error.description)", "FILTER_INVALID")
    case .filterNotSupported(let fields, let allowed):
      question(
        "filter",
        "no index serves \(fields.joined(separator: " AND ")); allowed are "
          + allowed.joined(separator: ", "), "FILTER_NOT_SUPPORTED",
        ["allowed": allowed.joined(separator: ", ")])
    case .orderNotSupported(let order, let allowed):
      question(
        "order_by",
        "no index serves \"\(order.printable)\"; allowed are "
          + allowed.joined(separator: ", "), "ORDER_NOT_SUPPORTED",
        ["allowed": allowed.joined(separator: ", ")])
    case .pageTokenInvalid:
      question("page_token", "no token of ours, or a damaged one", "PAGE_TOKEN_INVALID")
    case .pageTokenMismatch:
      question("page_token", "a token of another query or caller", "PAGE_TOKEN_MISMATCH")
    default:
      question(
        "as_of.recorded_time", "what will be known then is not known yet",
        "RECORDED_TIME_IN_FUTURE")
    }
  }

  private func question(
    _ field: String, _ description: String, _ reason: String, _ metadata: [String: String] = [:]
  ) -> RPCError {
    var error = RPCError(.invalidArgument, "\(field): \(description)").reason(reason, metadata)
    let violation = GoogleRPC.BadRequest.FieldViolation(
      field: field, description: description, reason: reason)
    error.details.append(
      GoogleProtobuf.`Any`(packing: GoogleRPC.BadRequest(fieldViolations: [violation])))
    return error
  }
}
