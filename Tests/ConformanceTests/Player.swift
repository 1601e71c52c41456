import Peers

/// Plays one row against a server and keeps what came back.
struct Player {
  /// The last words of the dialogue, in the terms of the table.
  struct Outcome {
    var httpStatus: Int?
    var grpcStatus: String?
    var text = ""
    var frames: [String] = []
    /// What would end a call or the connection, or a further answer, that the row says nothing of.
    var unforeseen: [String] = []
    var survived = false
  }

  let port: UInt16

  func play(_ row: Row) throws -> Outcome {
    if case .raw = row.steps.first { return try playOtherProtocol(row) }
    let peer = try RawPeer.started(port: port)
    for step in row.steps { try Self.perform(step, with: peer) }
    let stream = row.steps.compactMap(\.stream).last
    try peer.listen { hasEnded(row, peer, stream) }
    var outcome = outcome(of: peer, on: stream)
    outcome.survived = try row.survives && servesAnother(peer, after: row)
    if !row.survives { try peer.listenToEnd() }
    outcome.unforeseen = frames(heardBy: peer).filter { isUnforeseen($0, row) }
    return outcome
  }

  static func perform(_ step: Step, with peer: RawPeer) throws {
    switch step {
    case .raw(let bytes), .bytes(let bytes): try peer.send(bytes)
    case .frame(let frame): try peer.send(frame)
    case .data(let bytes, let stream, let end): try peer.sendData(bytes, on: stream, end: end)
    case .await(let stream): try peer.listen(toEndOf: stream)
    case .finishWriting: peer.finishWriting()
    }
  }

  private func isUnforeseen(_ frame: String, _ row: Row) -> Bool {
    guard frame.hasPrefix("RST_STREAM") || frame.hasPrefix("GOAWAY") else { return false }
    let isEarlyAnswer = row.httpStatus != nil && frame == "RST_STREAM NO_ERROR"
    return !isEarlyAnswer && !row.frames.contains(frame)
  }

  private static let page = "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"

  /// Bytes in place of the preface: the answer is read as HTTP/1.1, and to the end. A connection
  /// that stays gives a page after it.
  private func playOtherProtocol(_ row: Row) throws -> Outcome {
    let peer = try RawPeer(port: port)
    for step in row.steps { try Self.perform(step, with: peer) }
    if row.survives { try peer.send(Array(Self.page.utf8)) }
    let text = String(decoding: try peer.readToEnd(), as: UTF8.self)
    var statuses = text.matches(of: #/HTTP/1\.1 ([0-9]{3}) /#).compactMap { Int($0.output.1) }
    let survived = row.survives && statuses.count > 1 && statuses.removeLast() == 200
    return Outcome(
      httpStatus: statuses.first, text: text, unforeseen: statuses.dropFirst().map { "\($0)" },
      survived: survived)
  }

  private func hasEnded(_ row: Row, _ peer: RawPeer, _ stream: UInt32?) -> Bool {
    let frames = frames(heardBy: peer)
    let isAnswered = row.httpStatus == nil || stream.map { peer.answer(on: $0).isOver } == true
    return isAnswered && row.frames.allSatisfy { frames.contains($0) }
  }

  private func outcome(of peer: RawPeer, on stream: UInt32?) -> Outcome {
    let answer = stream.map { peer.answer(on: $0) } ?? RawPeer.Answer()
    var outcome = Outcome(frames: frames(heardBy: peer))
    outcome.httpStatus = answer.fields[":status"].flatMap { Int($0) }
    outcome.grpcStatus = answer.fields["grpc-status"].map(Self.statusName)
    outcome.text =
      answer.fields.map(\.description).joined(separator: "\n")
      + "\n" + String(decoding: answer.data, as: UTF8.self)
    return outcome
  }

  /// What the peer said outside of answers, in the table's words.
  private func frames(heardBy peer: RawPeer) -> [String] {
    peer.received.compactMap { frame in
      switch frame.kind {
      case .resetStream: "RST_STREAM \(Self.errorName(frame.number(at: 0)))"
      case .goAway: "GOAWAY \(Self.errorName(frame.number(at: 4)))"
      case .ping, .settings:
        "\(frame.kind.name)\(frame.flags.contains(.ack) ? " ack" : "")\(Self.hex(frame.payload))"
      default: nil
      }
    }
  }

  /// The connection lives if it serves another call.
  private func servesAnother(_ peer: RawPeer, after row: Row) throws -> Bool {
    let last = row.steps.compactMap(\.stream).max() ?? 0
    let next = last + (last.isMultiple(of: 2) ? 1 : 2)
    try peer.callEmpty(on: next)
    return peer.answer(on: next).fields["grpc-status"] == "0"
  }

  private static func statusName(_ number: String) -> String {
    let names = [
      "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
      "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
      "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ]
    return Int(number).flatMap { names.indices.contains($0) ? names[$0] : nil } ?? number
  }

  private static func errorName(_ code: UInt32?) -> String {
    code.flatMap(ErrorCode.init)?.name ?? "of \(code.map(String.init) ?? "no code")"
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    guard !bytes.isEmpty else { return "" }
    return " " + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

extension RawPeer {
  /// A good call on that stream, to its end.
  func callEmpty(on stream: UInt32) throws {
    try send(
      Frame(.headers, .endHeaders, stream: stream, payload: Step.defaultRequest.headerBlock))
    try sendData([0, 0, 0, 0, 0], on: stream, end: true)
    try listen(toEndOf: stream)
  }
}
