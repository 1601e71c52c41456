import HTTP2
import RPC
import Testing

@Suite struct RequestHeadTests {
  /// A request of a good gRPC client.
  static let good: [(String, String)] = [
    (":method", "POST"), (":scheme", "http"), (":path", "/a.B/C"), (":authority", "test"),
    ("te", "trailers"), ("content-type", "application/grpc"),
  ]

  @Test(
    "What makes a request no call, and what the caller hears",
    arguments: [
      (["content-type": "application/grpc+proto"], nil),
      (["content-type": "application/grpc;v=1"], nil),
      (["content-type": "application/grpc+proto;v=1"], nil),
      (["content-type": "application/grpc+json"], "http 415"),
      (["content-type": "application/grpc-web"], "http 415"),
      (["content-type": "application/grpcx"], "http 415"),
      (["content-type": "application/json"], "http 415"), (["content-type": nil], "http 415"),
      ([":method": "GET"], "http 405"), ([":method": "OPTIONS"], "http 405"),
      (["te": nil], "INTERNAL"), (["grpc-timeout": "1S"], nil),
      (["grpc-timeout": "soon"], "INTERNAL"), (["grpc-timeout": ""], "INTERNAL"),
      (["grpc-encoding": "gzip"], nil), (["grpc-encoding": "identity"], nil),
      (["grpc-encoding": "br"], "UNIMPLEMENTED"), (["x-a-bin": "AAEC"], nil),
      (["x-a-bin": "AAEC="], "INTERNAL"),
      (["x-a-bin": "AQ,Ag=="], nil), (["x-a-bin": "AQ,!"], "INTERNAL"),
      (["x-a-bin": "!"], "INTERNAL"),
    ] as [([String: String?], String?)])
  func refusals(changes: [String: String?], expected: String?) {
    var answer: String?
    do throws(RequestHead.Refusal) {
      _ = try RequestHead.read(Self.request(changes), limits: HTTP2Limits())
    } catch {
      answer =
        switch error {
        case .http(let status, _): "http \(status)"
        case .grpc(let error): error.code.name
        }
    }
    #expect(answer == expected)
  }

  @Test("The fields that matter are read")
  func fields() throws {
    let head = try RequestHead.read(
      Self.request([
        "grpc-timeout": "250m", "grpc-encoding": "gzip", "grpc-accept-encoding": "br, gzip",
      ]), limits: HTTP2Limits())
    #expect(String(decoding: head.path, as: UTF8.self) == "/a.B/C")
    #expect(head.timeout == .milliseconds(250))
    #expect(head.encoding == .gzip)
    #expect(head.acceptsGzip)
  }

  static func request(_ changes: [String: String?]) -> HeaderBlock {
    var block = HeaderBlock()
    for (name, value) in good {
      if let change = changes[name] {
        if let change { block.append(name, change) }
      } else {
        block.append(name, value)
      }
    }
    let names = good.map(\.0)
    for (name, value) in changes where !names.contains(name) {
      if let value { block.append(name, value) }
    }
    return block
  }
}
