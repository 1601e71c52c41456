package import RPC
package import Vocabulary
package import WellKnown

extension RPCError {
  /// `reason` of the whole; each field has one of its own.
  package static let fieldsInvalid = "FIELDS_INVALID"

  /// INVALID_ARGUMENT with everything that is wrong; `outer` is the field that it is wrong in.
  package static func invalid(_ violations: [Violation], in outer: String = "") -> RPCError {
    let violations = outer.isEmpty ? violations : violations.map { $0.inside(outer) }
    let first =
      violations.first.map { "\($0.field): \($0.description)" } ?? "the request is invalid"
    let more = violations.count > 1 ? " (and \(violations.count - 1) more)" : ""
    var error = RPCError(.invalidArgument, first + more).reason(Self.fieldsInvalid)
    let fields = fitting(violations).map {
      GoogleRPC.BadRequest.FieldViolation(
        field: $0.field, description: $0.description, reason: $0.reason.rawValue)
    }
    error.details.append(
      GoogleProtobuf.`Any`(packing: GoogleRPC.BadRequest(fieldViolations: fields)))
    return error
  }

  /// As many as there is room for in the trailers of an answer; the message tells of the rest.
  private static func fitting(_ violations: [Violation]) -> ArraySlice<Violation> {
    var bytes = 0
    return violations.prefix { violation in
      bytes += violation.field.utf8.count + violation.description.utf8.count + 50
      return bytes <= maxViolationBytes
    }
  }

  private static let maxViolationBytes = 4_000

  /// What is wrong with which fields, of an error that says so.
  package var fieldViolations: [GoogleRPC.BadRequest.FieldViolation] {
    details.lazy.compactMap { $0.unpacked(as: GoogleRPC.BadRequest.self) }.first?.fieldViolations
      ?? []
  }
}
