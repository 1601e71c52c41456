import Peers
import Testing

/// The tests' own HPACK decoder against the examples of RFC 7541 appendix C.
@Suite struct HeaderDecoderTests {
  private static let requests = [
    [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")],
    [
      (":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com"),
      ("cache-control", "no-cache"),
    ],
    [
      (":method", "GET"), (":scheme", "https"), (":path", "/index.html"),
      (":authority", "www.example.com"), ("custom-key", "custom-value"),
    ],
  ]

  @Test(
    "Requests on one connection: C.3 without Huffman code, C.4 with",
    arguments: [
      [
        "828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
      ],
      [
        "828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
      ],
    ])
  func requests(blocks: [String]) throws {
    var decoder = HeaderDecoder()
    for (block, fields) in zip(blocks, Self.requests) {
      let decoded = try decoder.decode(try Words.hex(block))
      #expect(decoded == fields.map { HeaderField($0.0, $0.1) })
    }
  }

  @Test("A table of 256 bytes evicts (C.6)")
  func eviction() throws {
    var decoder = HeaderDecoder(tableSizeLimit: 256)
    let first = try decoder.decode(
      try Words.hex(
        "488264025885aec3771a4b6196d07abe941054d444a8200595040b"
          + "8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3"
      ))
    #expect(first[":status"] == "302")
    #expect(first["location"] == "https://www.example.com")
    let second = try decoder.decode(try Words.hex("4883640effc1c0bf"))
    #expect(second[":status"] == "307")
    #expect(second["date"] == "Mon, 21 Oct 2013 20:13:21 GMT")
  }

  @Test(
    "What is malformed is refused",
    arguments: [
      ("80", HeaderDecoder.Failure.noSuchIndex(0)), ("be", .noSuchIndex(62)), ("40", .truncated),
      ("000a78", .truncated), ("8220", .badTableSize), ("3fe21f", .badTableSize),
      ("00017884ffffffff", .badHuffmanCode), ("ffffffffffffffffff0f", .badInteger),
    ])
  func malformed(block: String, failure: HeaderDecoder.Failure) throws {
    var decoder = HeaderDecoder()
    let bytes = try Words.hex(block)
    #expect(throws: failure) { try decoder.decode(bytes) }
  }
}
