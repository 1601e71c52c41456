internal import HTTP2
internal import RPC

/// Header blocks of requests and answers, as gRPC reads and writes them.
///
/// A field a line, name and value parted by the first colon behind the first letter.
enum Headers {
  private static var limits: HTTP2Limits { HTTP2Limits() }

  static func check(_ bytes: [UInt8]) throws(Finding) {
    var input = FuzzInput(bytes)
    let choice = input.byte()
    let block = block(input.remainder())
    try request(block)
    try metadata(block)
    try answer(block, kind: choice)
  }

  private static func block(_ bytes: [UInt8]) -> HeaderBlock {
    var block = HeaderBlock()
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let colon = line.dropFirst().firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
      block.append(name: line[..<colon], value: line[colon...].dropFirst())
    }
    return block
  }

  private static func request(_ block: HeaderBlock) throws(Finding) {
    do throws(RequestHead.Refusal) {
      let head = try RequestHead.read(block, limits: limits)
      try? expect(head.contentType == .grpc, "a call of another content-type")
      _ = MethodName(path: String(decoding: head.path, as: UTF8.self))
    } catch {
      switch error {
      case .http(let status, let sentence):
        let refusal = ResponseHeaders.refusal(status, sentence)
        try expect(400...499 ~= status, "refused with \(status)")
        try expect(refusal.listBytes <= 4096, "a refusal of \(refusal.listBytes) bytes")
      case .grpc(let error): try roundTrip(error, block, limit: 8 * 1024)
      }
    }
  }

  private static func metadata(_ block: HeaderBlock) throws(Finding) {
    let metadata = Metadata(block)
    var copy = Metadata()
    metadata.forEach { name, value in
      copy.add(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
      _ = metadata.all(binary: String(decoding: name, as: UTF8.self))
    }
    var reserved = 0
    copy.forEach { name, value in
      if Metadata.isReserved(name) || !value.allSatisfy({ 0x20...0x7e ~= $0 }) { reserved += 1 }
    }
    try expect(reserved == 0, "metadata holds what may not be sent")
    _ = metadata.description
    _ = TraceParent(metadata)
  }

  /// As a client reads it: an answer's head, its trailers, or both in one.
  private static func answer(_ block: HeaderBlock, kind: UInt8) throws(Finding) {
    var state = ResponseState(limits: limits)
    if kind & 1 == 0 {
      guard case .started = state.headers(block, .response, endsStream: false) else { return }
      try expect(state.hasStarted, "an answer has begun and has not")
      _ = state.headers(block, .trailers, endsStream: true)
    } else if case .ended(let error?, _) = state.headers(block, .response, endsStream: true) {
      try roundTrip(error, block, limit: 512 + 32 * Int(kind))
    }
  }

  /// An error goes out within the limit, and a client reads what it says.
  private static func roundTrip(_ error: RPCError, _ block: HeaderBlock, limit: Int)
    throws(Finding)
  {
    let trailers = ResponseHeaders.trailersOnly(error, Metadata(block), limit: limit)
    try expect(
      trailers.listBytes <= limit, "trailers of \(trailers.listBytes) bytes where \(limit) fit")
    var state = ResponseState(limits: limits)
    guard case .ended(let read?, _) = state.headers(trailers, .response, endsStream: true) else {
      throw Finding("a failure is read as none: \(error.code)")
    }
    try expect(read.code == error.code, "\(error.code) is read as \(read.code)")
    if error.message.utf8.count * 3 + 400 < limit, error.message.utf8.count < 256 {
      try expect(
        read.message.utf8.elementsEqual(error.message.utf8), "a message is not as it was")
    }
  }
}
