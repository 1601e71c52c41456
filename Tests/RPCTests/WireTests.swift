import Protobuf
import RPC
import Testing

@Suite struct WireTests {
  @Test(
    "grpc-message is percent-encoded and read back",
    arguments: [
      ("plain", "plain"), ("100%", "100%25"), ("ñ", "%C3%B1"), ("a\nb", "a%0Ab"), ("", ""),
      ("☃😀", "%E2%98%83%F0%9F%98%80"), ("~ ", "~ "), ("\u{7f}", "%7F"),
    ])
  func percentEncoding(text: String, encoded: String) {
    #expect(PercentEncoding.encode(text, limit: 1000) == Array(encoded.utf8))
    #expect(PercentEncoding.decode(encoded.utf8) == text)
  }

  @Test(
    "What is no escape stands for itself",
    arguments: [("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("a%41", "aA"), ("%c3%b1", "ñ")])
  func lenientDecoding(encoded: String, text: String) {
    #expect(PercentEncoding.decode(encoded.utf8) == text)
  }

  @Test("A message over the limit is cut between characters", arguments: 3...40)
  func capped(limit: Int) {
    let text = String(repeating: "añ☃😀", count: 10)
    let encoded = PercentEncoding.encode(text, limit: limit)
    #expect(encoded.count <= limit)
    let decoded = PercentEncoding.decode(encoded)
    #expect(decoded.hasSuffix("..."))
    #expect(text.hasPrefix(decoded.dropLast(3)), "\(decoded)")
  }

  @Test("A text without an end between characters is cut as well")
  func cappedInsideACharacter() {
    let zalgo = "a" + String(repeating: "\u{301}", count: 5_000)
    #expect(PercentEncoding.encode(zalgo, limit: 1024).count <= 1024)
  }

  @Test(
    "Base64 of RFC 4648, section 10, padded or not",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
  func base64(text: String, encoded: String) {
    let bare = encoded.filter { $0 != "=" }
    #expect(Base64.encode(text.utf8, padded: true) == Array(encoded.utf8))
    #expect(Base64.encode(text.utf8, padded: false) == Array(bare.utf8))
    #expect(Base64.decode(Array(encoded.utf8)) == Array(text.utf8))
    #expect(Base64.decode(Array(bare.utf8)) == Array(text.utf8))
  }

  @Test("What is no base64 is refused", arguments: ["Z", "Zg=", "Z===", "Zm9v!", "=", "Zg==Zg=="])
  func notBase64(text: String) {
    #expect(Base64.decode(Array(text.utf8)) == nil)
  }

  @Test(
    "gzip goes there and back",
    arguments: [0, 1, 100, 65_536, 1_000_000])
  func gzip(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let squeezed = Gzip.compress(bytes)
    #expect(try Gzip.decompress(squeezed, limit: count) == bytes)
    if count > 0 {
      #expect(throws: Gzip.Failure.overLimit) {
        try Gzip.decompress(squeezed, limit: count - 1)
      }
    }
    #expect(throws: Gzip.Failure.malformed) {
      try Gzip.decompress(squeezed.dropLast(), limit: count)
    }
    #expect(throws: Gzip.Failure.malformed) {
      try Gzip.decompress(squeezed + [0], limit: count)
    }
  }

  @Test(
    "A method is /package.Service/Method",
    arguments: [
      ("/a.B/C", true), ("/B/C", true), ("a.B/C", false), ("/a.B", false), ("/a.B/", false),
      ("//C", false), ("/a/B/C", false), ("", false), ("/", false),
    ])
  func methodNames(path: String, isMethod: Bool) {
    #expect((MethodName(path: path) != nil) == isMethod)
  }

  @Test("Metadata keeps order and repeats, hides what is reserved, leaves out what no header holds")
  func metadata() {
    var metadata: Metadata = ["x-a": "1", "X-B": "2", "x-a": "3", "bad name": "x", "x-c": "a\r\nb"]
    metadata.add(binary: "x-d-bin", [0, 255])
    metadata.add(binary: "x-e", [0])
    metadata.add("grpc-status", "7")
    #expect(metadata["x-a"] == "1")
    #expect(metadata.all("x-a") == ["1", "3"])
    #expect(metadata["x-b"] == "2")
    #expect(metadata[binary: "x-d-bin"] == [0, 255])
    #expect(metadata.description == "x-a: 1\nx-b: 2\nx-a: 3\nx-d-bin: AP8")
  }
}
