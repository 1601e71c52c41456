// codec-peer: our codec for a foreign one to talk to, `Tests/CodecPeer/differential.py`.
//
// Each request on standard input is a letter, a length (four bytes, little-endian) and so many
// bytes; each answer the same, its letter `+`, or `-` with the error's text.
//   w  an encoded `Everything`: the same, decoded and encoded again
//   j  an encoded `Everything`: its JSON
//   J  JSON: the encoded `Everything`

import Glibc
import Protobuf
import TestMessages
import WellKnown

func readExactly(_ count: Int) -> [UInt8]? {
  var bytes = [UInt8](repeating: 0, count: count)
  var done = 0
  while done < count {
    let more = unsafe bytes[done...].withUnsafeMutableBytes {
      unsafe read(STDIN_FILENO, $0.baseAddress, $0.count)
    }
    guard more > 0 else { return nil }
    done += more
  }
  return bytes
}

func answer(_ letter: Character, _ bytes: [UInt8]) {
  let length = UInt32(bytes.count)
  let head = [letter.asciiValue!] + (0..<4).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
  var rest = (head + bytes)[...]
  while !rest.isEmpty {
    let written = unsafe rest.withUnsafeBytes {
      unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count)
    }
    guard written > 0 else { exit(1) }
    rest = rest.dropFirst(written)
  }
}

typealias Everything = TestingV1.Everything
let registry = MessageRegistry(TestMessagesRegistry.messages)

func result(of request: UInt8, _ bytes: [UInt8]) throws -> [UInt8] {
  switch request {
  case UInt8(ascii: "w"): try Everything(decoding: bytes).encoded()
  case UInt8(ascii: "j"):
    Array(
      try Everything(decoding: bytes).jsonString(JSONEncodingOptions(registry: registry)).utf8)
  default: try Everything(json: bytes, JSONDecodingOptions(registry: registry)).encoded()
  }
}

while let head = readExactly(5) {
  let length = head[1...].reversed().reduce(0) { $0 << 8 | Int($1) }
  guard let bytes = readExactly(length) else { break }
  do {
    answer("+", try result(of: head[0], bytes))
  } catch {
    answer("-", Array("\(error)".utf8))
  }
}
