package import HTTP2
internal import Protobuf

/// The custom key-value pairs that travel with a call: lower-case names, in order, repeatable.
///
/// A name that ends in `-bin` carries bytes, base64 on the wire; any other carries printable ASCII.
/// The fields that HTTP/2 and gRPC themselves use are not part of it when it is iterated or sent.
package struct Metadata: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  private var fields: HeaderBlock

  package init() { fields = HeaderBlock() }

  package init(dictionaryLiteral elements: (String, String)...) {
    self.init()
    for (name, value) in elements { add(name, value) }
  }

  /// What arrived with a header block.
  package init(_ block: HeaderBlock) { fields = block }

  /// The first value of this name.
  package subscript(_ name: String) -> String? {
    fields.firstIndex(named: name).map { String(decoding: fields.value($0), as: UTF8.self) }
  }

  /// The first value of this name as it stands on the wire.
  package func field(_ name: String) -> ArraySlice<UInt8>? {
    fields.firstIndex(named: name).map { fields.value($0) }
  }

  /// The value of this name as it stands on the wire, when there is exactly one.
  package func sole(_ name: String) -> ArraySlice<UInt8>? {
    guard let index = fields.firstIndex(named: name),
      fields.firstIndex(named: name, from: index + 1) == nil
    else { return nil }
    return fields.value(index)
  }

  /// The pairs that are wanted, those of HTTP/2 and gRPC among them.
  package func filtered(_ isWanted: (_ name: ArraySlice<UInt8>) -> Bool) -> Metadata {
    var kept = HeaderBlock()
    kept.reserve(fields: fields.count + 4, bytes: fields.listBytes)
    for index in 0..<fields.count {
      let name = fields.name(index)
      if isWanted(name) { kept.append(name: name, value: fields.value(index)) }
    }
    return Metadata(kept)
  }

  /// The bytes of the first value of this name, which ends in `-bin`.
  package subscript(binary name: String) -> [UInt8]? { all(binary: name).first }

  /// All values of this name, which ends in `-bin`. On the wire some may share a field, joined by
  /// commas (PROTOCOL-HTTP2, "Custom-Metadata").
  package func all(binary name: String) -> [[UInt8]] {
    indices(of: name).flatMap { Self.binaryValues(fields.value($0)) ?? [] }
  }

  /// The values in one field of a name that ends in `-bin`; nil when one is not base64.
  package static func binaryValues(_ field: ArraySlice<UInt8>) -> [[UInt8]]? {
    var values: [[UInt8]] = []
    for part in field.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      guard let value = Base64.decode(part) else { return nil }
      values.append(value)
    }
    return values
  }

  /// All values of this name, in order.
  package func all(_ name: String) -> [String] {
    indices(of: name).map { String(decoding: fields.value($0), as: UTF8.self) }
  }

  private func indices(of name: String) -> [Int] {
    var found: [Int] = []
    while let next = fields.firstIndex(named: name, from: found.last.map { $0 + 1 } ?? 0) {
      found.append(next)
    }
    return found
  }

  /// Adds a pair. Names and values that may not stand in a header are left out: a program's own
  /// metadata must never break its call.
  package mutating func add(_ name: String, _ value: String) {
    let name = name.lowercased()
    guard Self.isName(name.utf8), Self.isValue(value.utf8) else { return }
    fields.append(name, value)
  }

  /// Adds bytes under a name that ends in `-bin`.
  package mutating func add(binary name: String, _ value: some Collection<UInt8>) {
    let name = name.lowercased()
    guard Self.isName(name.utf8), name.hasSuffix("-bin") else { return }
    fields.append(name: name.utf8, value: Base64.encode(value, padded: false))
  }

  package mutating func add(_ other: Metadata) {
    other.forEach { fields.append(name: $0, value: $1) }
  }

  /// Every custom pair, as on the wire.
  package func forEach(_ body: (_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) -> Void) {
    for index in 0..<fields.count {
      let name = fields.name(index)
      if !Self.isReserved(name) { body(name, fields.value(index)) }
    }
  }

  package var isEmpty: Bool {
    (0..<fields.count).allSatisfy { Self.isReserved(fields.name($0)) }
  }

  /// Names that HTTP/2 and gRPC keep for themselves.
  package static func isReserved(_ name: ArraySlice<UInt8>) -> Bool {
    guard let first = name.first else { return true }
    if first == UInt8(ascii: ":") || name.starts(with: "grpc-".utf8) { return true }
    return switch name.count {
    case 2: name.elementsEqual("te".utf8)
    case 4: name.elementsEqual("host".utf8)
    case 7: name.elementsEqual("upgrade".utf8)
    case 10:
      name.elementsEqual("user-agent".utf8) || name.elementsEqual("connection".utf8)
        || name.elementsEqual("keep-alive".utf8)
    case 12: name.elementsEqual("content-type".utf8)
    case 14: name.elementsEqual("content-length".utf8)
    case 16: name.elementsEqual("proxy-connection".utf8)
    case 17: name.elementsEqual("transfer-encoding".utf8)
    default: false
    }
  }

  private static func isName(_ name: some Collection<UInt8>) -> Bool {
    !name.isEmpty
      && name.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }

  private static func isValue(_ value: some Collection<UInt8>) -> Bool {
    value.allSatisfy { 0x20...0x7e ~= $0 }
  }
}

extension Metadata: CustomStringConvertible {
  package var description: String {
    var lines: [String] = []
    forEach {
      lines.append("\(String(decoding: $0, as: UTF8.self)): \(String(decoding: $1, as: UTF8.self))")
    }
    return lines.joined(separator: "\n")
  }
}
