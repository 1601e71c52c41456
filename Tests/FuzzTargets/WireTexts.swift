internal import Protobuf
internal import RPC
internal import TokenFormat

/// The small languages in headers: timeouts, percent-encoding, base64, names, traces.
enum WireTexts {
  static func check(_ bytes: [UInt8]) throws(Finding) {
    try timeout(bytes)
    try percentEncoding(bytes)
    try base64(bytes)
    try names(String(decoding: bytes, as: UTF8.self))
    _ = Compression(name: bytes[...])
    _ = Compression.acceptsGzip(bytes[...])
  }

  private static func timeout(_ bytes: [UInt8]) throws(Finding) {
    guard let duration = Timeout.parse(bytes) else { return }
    try expect(duration >= .zero, "a timeout below zero")
    let text = Timeout.text(duration)
    guard let again = Timeout.parse(Array(text.utf8)) else {
      throw Finding("\(text) is written and not read")
    }
    try expect(
      again >= duration && again <= duration + duration / 10_000 + .nanoseconds(1),
      "\(duration) became \(text)")
  }

  private static func percentEncoding(_ bytes: [UInt8]) throws(Finding) {
    var input = FuzzInput(bytes)
    let limit = Int(input.byte())
    let text = String(decoding: input.remainder(), as: UTF8.self)
    let whole = PercentEncoding.encode(text, limit: .max)
    try expect(whole.allSatisfy { 0x20...0x7e ~= $0 }, "a byte that no header may hold")
    try expect(PercentEncoding.decode(whole).utf8.elementsEqual(text.utf8), "not what went in")
    let cut = PercentEncoding.encode(text, limit: limit)
    try expect(cut.count <= limit, "\(cut.count) bytes where \(limit) fit")
    if cut != whole {
      let kept = PercentEncoding.decode(cut.dropLast(min(3, limit)))
      try expect(text.utf8.starts(with: kept.utf8), "cut inside a character")
    }
    let decoded = PercentEncoding.decode(bytes)
    try expect(decoded.utf8.count <= 3 * bytes.count, "decoding made more of it")
  }

  private static func base64(_ bytes: [UInt8]) throws(Finding) {
    for padded in [true, false] {
      let encoded = Base64.encode(bytes, padded: padded)
      try expect(Base64.decode(encoded) == bytes, "base64 is not read as it is written")
    }
    try expect(
      Base64URL.decode(Base64URL.encode(bytes).utf8) == bytes, "base64url is not read as written")
    if let decoded = Base64.decode(bytes) {
      try expect(Base64.decode(Base64.encode(decoded)) == decoded, "base64 changes")
    }
    if let decoded = Base64URL.decode(bytes) {
      try expect(
        Base64URL.encode(decoded).utf8.elementsEqual(bytes), "two spellings of one base64url")
    }
    if let values = Metadata.binaryValues(bytes[...]) {
      let parts = bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      try expect(values.count == parts.count, "values are lost")
    }
  }

  private static func names(_ text: String) throws(Finding) {
    if let name = MethodName(path: text) {
      try expect("/\(name.service)/\(name.method)" == text, "a path is not its parts")
    }
    if let trace = TraceParent(text) {
      try expect(TraceParent(trace.child().description) != nil, "a child that is no traceparent")
      try expect(trace.child().traceID == trace.traceID, "a child of another trace")
      try expect(trace.child().isSampled == trace.isSampled, "a child sampled otherwise")
    }
    if let target = try? Target(text) {
      try expect(!target.authority.isEmpty && !target.serverName.isEmpty, "a target of no name")
      if case .hosts(let hosts) = target.kind {
        try expect(1...Target.hostCountMaximum ~= hosts.count, "\(hosts.count) hosts")
      }
    }
  }
}
