import Peers

/// The words of a step, taken off one by one: hex, texts, settings and changes to header fields.
struct Words {
  private var words: [String] = []

  /// Splits at spaces, but not inside double quotes.
  init(_ text: String) throws(Step.Malformed) {
    var word = ""
    var isQuoted = false
    for character in text {
      if character == "\"" { isQuoted.toggle() }
      if character == " ", !isQuoted {
        words.append(word)
        word = ""
      } else {
        word.append(character)
      }
    }
    guard !isQuoted else { throw Step.Malformed(description: "unclosed quote: \(text)") }
    words = (words + [word]).filter { !$0.isEmpty }
  }

  var isEmpty: Bool { words.isEmpty }

  mutating func takeFirst() -> String {
    words.isEmpty ? "" : words.removeFirst()
  }

  mutating func take(_ word: String) -> Bool {
    guard let index = words.firstIndex(of: word) else { return false }
    words.remove(at: index)
    return true
  }

  mutating func takeNumber(_ name: String) throws(Step.Malformed) -> Int? {
    guard let value = takeValue(name) else { return nil }
    guard let number = Int(value) else { throw Step.Malformed(description: "\(name)=\(value)") }
    return number
  }

  mutating func takeBytes(_ name: String) throws(Step.Malformed) -> [UInt8] {
    try takeValue(name).map(Self.bytes) ?? []
  }

  private mutating func takeValue(_ name: String) -> String? {
    guard let index = words.firstIndex(where: { $0.hasPrefix("\(name)=") }) else { return nil }
    return String(words.remove(at: index).dropFirst(name.count + 1))
  }

  /// The rest of the words.
  mutating func bytes() throws(Step.Malformed) -> [UInt8] {
    var bytes: [UInt8] = []
    for word in words { bytes += try Self.bytes(word) }
    words = []
    return bytes
  }

  /// The rest as SETTINGS entries, `ENABLE_PUSH=2`; words without `=` are hex.
  mutating func settings() throws(Step.Malformed) -> [UInt8] {
    let names = [
      "HEADER_TABLE_SIZE", "ENABLE_PUSH", "MAX_CONCURRENT_STREAMS", "INITIAL_WINDOW_SIZE",
      "MAX_FRAME_SIZE", "MAX_HEADER_LIST_SIZE",
    ]
    var bytes: [UInt8] = []
    for word in words {
      let parts = word.split(separator: "=").map(String.init)
      guard parts.count == 2 else {
        bytes += try Self.bytes(word)
        continue
      }
      guard let index = names.firstIndex(of: parts[0]), let value = UInt32(parts[1]) else {
        throw Step.Malformed(description: word)
      }
      bytes += [0, UInt8(index + 1)] + value.bigEndianBytes
    }
    words = []
    return bytes
  }

  /// The rest as changes to `fields`: `a=b` sets, `-a` removes, `+a=b` adds beside its kind,
  /// `>a=b` adds at the very end, `N*a=b` adds N of them.
  mutating func fields(from fields: [HeaderField]) throws(Step.Malformed) -> [HeaderField] {
    var fields = fields
    for word in words { try Self.change(&fields, word) }
    words = []
    return fields
  }

  private static func change(_ fields: inout [HeaderField], _ word: String) throws(Step.Malformed) {
    if word.hasPrefix("-") {
      return fields.removeAll { $0.nameText == word.dropFirst() }
    }
    let isAdded = word.hasPrefix("+") || word.hasPrefix(">")
    let (count, text) = repeated(isAdded ? String(word.dropFirst()) : word)
    let field = try field(text)
    if word.hasPrefix("+"), field.name.first == UInt8(ascii: ":") {
      let end = fields.firstIndex { $0.name.first != UInt8(ascii: ":") } ?? fields.endIndex
      fields.insert(field, at: end)
    } else if isAdded || count > 1 {
      fields += repeatElement(field, count: count)
    } else if let index = fields.firstIndex(where: { $0.name == field.name }) {
      fields[index] = field
    } else {
      fields.append(field)
    }
  }

  /// `100*x=1` is a hundred of `x=1`.
  static func repeated(_ text: String) -> (Int, String) {
    let digits = text.prefix { $0.isNumber }
    guard let count = Int(digits), text.dropFirst(digits.count).first == "*" else {
      return (1, text)
    }
    return (count, String(text.dropFirst(digits.count + 1)))
  }

  private static func field(_ text: String) throws(Step.Malformed) -> HeaderField {
    guard let equals = text.firstIndex(of: "=") else {
      throw Step.Malformed(description: "not a header field: \(text)")
    }
    let value = text[text.index(after: equals)...]
    let name = text[..<equals]
    return HeaderField(
      name: name.hasPrefix("\"") ? try Self.text(String(name)) : Array(name.utf8),
      value: value.hasPrefix("\"") ? try bytes(String(value)) : Array(value.utf8))
  }

  /// Hex or a quoted text, `*N` for N times, joined by `+`.
  private static func bytes(_ word: String) throws(Step.Malformed) -> [UInt8] {
    guard !word.hasPrefix("\""), word.contains("+") else { return try part(word) }
    var bytes: [UInt8] = []
    for text in word.split(separator: "+") { bytes += try part(String(text)) }
    return bytes
  }

  private static func part(_ word: String) throws(Step.Malformed) -> [UInt8] {
    let star = word.lastIndex(of: "*").flatMap { star in
      Int(word[word.index(after: star)...]).map { (star, $0) }
    }
    let body = star.map { String(word[..<$0.0]) } ?? word
    let once = body.hasPrefix("\"") ? try text(body) : try hex(body)
    return [UInt8]([[UInt8]](repeating: once, count: star?.1 ?? 1).joined())
  }

  private static func text(_ quoted: String) throws(Step.Malformed) -> [UInt8] {
    let escapes: [Character: UInt8] = ["r": 13, "n": 10, "0": 0, "t": 9]
    var bytes: [UInt8] = []
    var isEscaped = false
    for character in quoted.dropFirst().dropLast() {
      if isEscaped {
        guard let byte = escapes[character] else { throw Step.Malformed(description: quoted) }
        bytes.append(byte)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        bytes += Array(String(character).utf8)
      }
    }
    return bytes
  }

  static func hex(_ text: String) throws(Step.Malformed) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == text.count, digits.count.isMultiple(of: 2) else {
      throw Step.Malformed(description: "not hex: \(text)")
    }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
  }
}
