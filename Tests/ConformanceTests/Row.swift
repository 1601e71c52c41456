import Testing

/// One row of "What you send, what you get": a dialogue and its end.
struct Row: CustomTestStringConvertible, Sendable {
  let name: String
  let steps: [Step]
  /// `:status` of the last stream spoken on, or of an HTTP/1.1 answer; nil when there is none.
  let httpStatus: Int?
  /// As gRPC names it, `UNIMPLEMENTED`; nil when there is none.
  let grpcStatus: String?
  /// What the answer's headers, trailers or body must hold.
  let holds: [String]
  /// Frames that must come: "RST_STREAM PROTOCOL_ERROR", "GOAWAY …", "PING ack …".
  let frames: [String]
  let survives: Bool

  var testDescription: String { name }

  /// Nil for a line that is no row: of another table, a head, a rule.
  init?(line: Substring) throws(Step.Malformed) {
    let cells = line.split(separator: "|", omittingEmptySubsequences: false)
      .map(\.trimmed)
    guard cells.count == 8, cells[1].first?.isNumber == true else { return nil }
    let spans = Self.spans(in: cells[2]).filter(Self.isStep)
    name = "\(cells[1]) \(Self.prose(in: cells[2]))"
    var steps: [Step] = []
    for span in spans { steps += try Step.parse(span) }
    guard !steps.isEmpty else { throw Step.Malformed(description: "nothing is sent: \(name)") }
    self.steps = steps
    httpStatus = Int(cells[3])
    let grpc = cells[4].prefix { $0 != "," && $0 != " " }
    grpcStatus = grpc == "–" ? nil : String(grpc)
    holds = Self.spans(in: cells[4])
    frames = Self.spans(in: cells[5])
    survives = cells[6] == "stays"
    guard survives || cells[6] == "closes" else {
      throw Step.Malformed(description: "the connection stays or closes: \(name)")
    }
  }

  /// In the prose of a row, spans are names of header fields, all in lower case.
  private static func isStep(_ span: String) -> Bool {
    span.hasPrefix("raw ") || span.first?.isUppercase == true || span.first?.isNumber == true
  }

  private static func prose(in cell: String) -> String {
    cell.split(separator: "`").prefix { !isStep(String($0)) || cell.hasPrefix($0) }.joined()
  }

  private static func spans(in cell: String) -> [String] {
    cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { !$0.offset.isMultiple(of: 2) }
      .map { String($0.element) }
  }
}

extension Substring {
  var trimmed: String {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
