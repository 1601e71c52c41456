import Peers

/// One step of what a peer sends, as `Protos/README.md` writes it: `HEADERS@3 end te=gzip`.
///
/// The notation is explained there, under "How to read the table".
enum Step: Equatable {
  /// Bytes as they are; in the first step of a dialogue they stand in place of the preface.
  case raw([UInt8])
  /// Bytes that are a frame, if perhaps one that `Frame` cannot be.
  case bytes([UInt8])
  case frame(Frame)
  /// DATA as the flow-control windows allow it.
  case data([UInt8], stream: UInt32, end: Bool)
  /// Waits until the stream is answered or reset.
  case await(stream: UInt32)
  /// Says that nothing more comes.
  case finishWriting

  struct Malformed: Error, CustomStringConvertible {
    let description: String
  }

  /// The stream that a step is about; nil for the connection.
  var stream: UInt32? {
    switch self {
    case .frame(let frame): frame.stream == 0 ? nil : frame.stream
    case .data(_, let stream, _), .await(let stream): stream
    case .raw, .bytes, .finishWriting: nil
    }
  }

  /// What one span of the notation stands for: `17*DATA 00` is seventeen steps, and
  /// `HEADERS@1..9` one on each stream that a client may open from 1 to 9.
  static func parse(_ text: String) throws(Malformed) -> [Step] {
    var words = try Words(text)
    let (count, verb) = Words.repeated(words.takeFirst())
    let parts = verb.split(separator: "@").map(String.init)
    guard let name = parts.first else { throw Malformed(description: text) }
    var steps: [Step] = []
    for stream in try streams(parts.dropFirst().first) {
      var words = words
      let once = try parse(name, stream: stream, &words)
      guard words.isEmpty else { throw Malformed(description: "not understood: \(words)") }
      for _ in 0..<count { steps += once }
    }
    return steps
  }

  private static func streams(_ text: String?) throws(Malformed) -> [UInt32?] {
    guard let text else { return [nil] }
    let ends = text.split(separator: ".").compactMap { UInt32($0) }
    guard let first = ends.first, let last = ends.last else { throw Malformed(description: text) }
    return stride(from: first, through: last, by: 2).map { $0 }
  }

  private static func parse(_ name: String, stream: UInt32?, _ words: inout Words)
    throws(Malformed) -> [Step]
  {
    switch name {
    case "raw": [.raw(try words.bytes())]
    case "FRAME": [.bytes(try words.bytes())]
    case "AWAIT": [.await(stream: stream ?? 1)]
    case "HALF-CLOSE": [.finishWriting]
    case "MESSAGE": [try message(&words, stream: stream ?? 1)]
    case "CALL": try call(&words, stream: stream ?? 1)
    default: [.frame(try frame(name, stream: stream, &words))]
    }
  }

  private static func call(_ words: inout Words, stream: UInt32) throws(Malformed) -> [Step] {
    let headers = try frame("HEADERS", stream: stream, &words)
    return [.frame(headers), .data([0, 0, 0, 0, 0], stream: stream, end: true)]
  }

  private static func message(_ words: inout Words, stream: UInt32) throws(Malformed) -> Step {
    let isLast = words.take("end")
    let isCompressed = words.take("compressed")
    let payload = try words.bytes()
    let prefix = [isCompressed ? 1 : 0] + UInt32(payload.count).bigEndianBytes
    return .data(prefix + payload, stream: stream, end: isLast)
  }

  private static func frame(_ name: String, stream: UInt32?, _ words: inout Words)
    throws(Malformed) -> Frame
  {
    switch name {
    case "HEADERS", "TRAILERS", "CONTINUATION":
      return try headers(name, stream: stream ?? 1, &words)
    case "SETTINGS":
      let flags: Frame.Flags = words.take("ack") ? .ack : []
      return Frame(.settings, flags, stream: stream ?? 0, payload: try words.settings())
    case "PING", "GOAWAY":
      let flags: Frame.Flags = words.take("ack") ? .ack : []
      return Frame(
        Frame.Kind(name: name)!, flags, stream: stream ?? 0, payload: try words.bytes())
    default:
      guard let kind = Frame.Kind(name: name) else {
        throw Malformed(description: "no step is called \(name)")
      }
      return try padded(
        Frame(kind, words.take("end") ? .endStream : [], stream: stream ?? 1), &words)
    }
  }

  private static func headers(_ name: String, stream: UInt32, _ words: inout Words)
    throws(Malformed) -> Frame
  {
    var flags: Frame.Flags = words.take("more") ? [] : .endHeaders
    if words.take("end") { flags.insert(.endStream) }
    let before = try words.takeBytes("before")
    let after = try words.takeBytes("after")
    let priority = try words.takeBytes("priority")
    if !priority.isEmpty { flags.insert(.priority) }
    let kind: Frame.Kind = name == "CONTINUATION" ? .continuation : .headers
    let padding = try Padding(&words)
    let fields = try words.fields(from: name == "HEADERS" ? defaultRequest : [])
    let payload = priority + before + fields.headerBlock + after
    return padding.apply(to: Frame(kind, flags, stream: stream, payload: payload))
  }

  private static func padded(_ frame: Frame, _ words: inout Words) throws(Malformed) -> Frame {
    let padding = try Padding(&words)
    var frame = frame
    frame.payload = try words.bytes()
    return padding.apply(to: frame)
  }

  /// The call that a row changes: an empty message to a method that answers with one.
  static let defaultRequest = [
    HeaderField(":method", "POST"),
    HeaderField(":scheme", "http"),
    HeaderField(":path", "/grpc.testing.TestService/EmptyCall"),
    HeaderField(":authority", "localhost"),
    HeaderField("te", "trailers"),
    HeaderField("content-type", "application/grpc"),
  ]
}

/// `pad=N` pads with N bytes; `badpad=N` says that N follow, and adds none.
private struct Padding {
  private let declared: UInt8?
  private let added: Int

  init(_ words: inout Words) throws(Step.Malformed) {
    let honest = try words.takeNumber("pad")
    let dishonest = try words.takeNumber("badpad")
    declared = (honest ?? dishonest).map(UInt8.init)
    added = honest ?? 0
  }

  func apply(to frame: Frame) -> Frame {
    guard let declared else { return frame }
    var frame = frame
    frame.flags.insert(.padded)
    frame.payload = [declared] + frame.payload + [UInt8](repeating: 0, count: added)
    return frame
  }
}
