internal import Foundation

/// A file of settings: one `key = value` a line, the key being the flag without its dashes.
///
///     # The rest of a line after "#" is a comment, at its start or after a space.
///     listen = 127.0.0.1:50051, unix:/run/cabildo/membership.sock
///     drain-timeout = 30s
///     data-dir = "/srv/a # b"     # In quotes "#" is itself, \" a quote and \\ a backslash.
struct ConfigurationFile {
  struct Entry: Equatable {
    let line: Int
    let key: String
    let value: String
  }

  let path: String
  let entries: [Entry]

  /// Larger is no file of settings.
  private static let maxBytes = 1 << 20

  init(path: String) throws(SettingsError) {
    guard let handle = FileHandle(forReadingAtPath: path),
      let data = try? handle.read(upToCount: Self.maxBytes + 1) ?? Data()
    else {
      throw SettingsError("cannot read the settings file \(path)")
    }
    guard data.count <= Self.maxBytes, let text = String(data: data, encoding: .utf8) else {
      throw SettingsError("\(path) is no text file of at most \(Self.maxBytes) bytes")
    }
    try self.init(path: path, text: text)
  }

  init(path: String, text: String) throws(SettingsError) {
    self.path = path
    var entries: [Entry] = []
    let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    for (number, line) in zip(1..., lines) {
      do throws(SettingFault) {
        guard let (key, value) = try Self.parse(line) else { continue }
        entries.append(Entry(line: number, key: key, value: value))
      } catch {
        throw SettingsError("\(path):\(number): \(error.text)")
      }
    }
    self.entries = entries
  }

  private static func parse(_ line: Substring) throws(SettingFault) -> (String, String)? {
    let line = line.trimming { $0.isWhitespace }
    if line.isEmpty || line.hasPrefix("#") { return nil }
    guard let equals = line.firstIndex(of: "=") else {
      throw SettingFault("expected \"key = value\"")
    }
    let key = line[..<equals].trimming { $0.isWhitespace }
    let rest = line[line.index(after: equals)...].trimming { $0.isWhitespace }
    guard !key.isEmpty else { throw SettingFault("no key stands before \"=\"") }
    return (String(key), rest.hasPrefix("\"") ? try quoted(rest) : bare(rest))
  }

  private static func bare(_ text: Substring) -> String {
    var end = text.startIndex
    var wasSpace = true
    while end < text.endIndex, !(text[end] == "#" && wasSpace) {
      wasSpace = text[end].isWhitespace
      end = text.index(after: end)
    }
    return String(text[..<end].trimming { $0.isWhitespace })
  }

  private static func quoted(_ text: Substring) throws(SettingFault) -> String {
    var rest = text.dropFirst()
    var value = ""
    while let character = rest.popFirst() {
      switch character {
      case "\"":
        let after = rest.trimming { $0.isWhitespace }
        guard after.isEmpty || after.hasPrefix("#") else {
          throw SettingFault("something stands behind the quotes")
        }
        return value
      case "\\":
        guard let escaped = rest.popFirst(), escaped == "\"" || escaped == "\\" else {
          throw SettingFault("a backslash in quotes stands before \" or \\ only")
        }
        value.append(escaped)
      default: value.append(character)
      }
    }
    throw SettingFault("the quotes are not closed")
  }
}

extension Substring {
  func trimming(_ isUnwanted: (Character) -> Bool) -> Substring {
    var text = drop(while: isUnwanted)
    while let last = text.last, isUnwanted(last) { text.removeLast() }
    return text
  }
}
