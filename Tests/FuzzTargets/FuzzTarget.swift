/// An entry for bytes of any kind.
package struct FuzzTarget: Sendable {
  package let name: String
  package let run: @Sendable ([UInt8]) throws(Finding) -> Void

  package static let all = [
    FuzzTarget(name: "http2-server", run: HTTP2Peers.server),
    FuzzTarget(name: "http2-client", run: HTTP2Peers.client),
    FuzzTarget(name: "http2-dialogue", run: HTTP2Dialogue.check),
    FuzzTarget(name: "framing", run: Framing.check),
    FuzzTarget(name: "gzip", run: GzipStreams.check),
    FuzzTarget(name: "headers", run: Headers.check),
    FuzzTarget(name: "wire-texts", run: WireTexts.check),
    FuzzTarget(name: "protobuf", run: ProtobufMessages.check),
    FuzzTarget(name: "protobuf-json", run: ProtobufJSON.check),
    FuzzTarget(name: "json", run: JSONTexts.check),
    FuzzTarget(name: "request-texts", run: RequestTexts.check),
    FuzzTarget(name: "dates", run: Dates.check),
  ]

  package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// A rule that did not hold.
package struct Finding: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

func expect(_ holds: Bool, _ rule: @autoclosure () -> String) throws(Finding) {
  guard holds else { throw Finding(rule()) }
}

/// The bytes of one run, of which a target first takes what it chooses by.
struct FuzzInput {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  var isEmpty: Bool { rest.isEmpty }

  /// 0 behind the end.
  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  /// A number below `count`.
  mutating func choice(_ count: Int) -> Int { Int(byte()) % count }

  /// As many bytes as there still are, at most `count`.
  mutating func bytes(_ count: Int) -> [UInt8] {
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  mutating func remainder() -> [UInt8] { bytes(rest.count) }
}

extension [UInt8] {
  /// The same bytes in parts of at most `count`.
  func parts(of count: Int) -> [[UInt8]] {
    stride(from: 0, to: self.count, by: count).map {
      Array(self[$0..<Swift.min($0 + count, self.count)])
    }
  }
}
