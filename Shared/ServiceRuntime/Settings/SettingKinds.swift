internal import Sockets

// The kinds of values there are. A kind says in its fault what it would have taken.

extension Setting where Value == String {
  package static func text(
    _ name: String, _ placeholder: String, default text: String, help: String
  )
    -> Setting
  {
    Setting(name, placeholder, default: text, help: help) { text throws(SettingFault) in
      guard let text, !text.isEmpty else { throw SettingFault("is empty") }
      return text
    }
  }

  /// One of a few words.
  package static func choice(
    _ name: String, of words: [String], default text: String, help: String
  ) -> Setting {
    Setting(name, words.joined(separator: "|"), default: text, help: help) {
      text throws(SettingFault) in
      guard let text, words.contains(text) else {
        throw SettingFault("is none of \(words.joined(separator: ", "))")
      }
      return text
    }
  }
}

extension Setting where Value == String? {
  /// A path, or nothing.
  package static func file(_ name: String, help: String) -> Setting {
    optionalText(name, "FILE", help: help)
  }

  package static func optionalText(
    _ name: String, _ placeholder: String, isSecret: Bool = false, help: String
  ) -> Setting {
    Setting(name, placeholder, default: nil, isSecret: isSecret, help: help) {
      text throws(SettingFault) in
      guard text?.isEmpty != true else { throw SettingFault("is empty") }
      return text
    }
  }

  /// A value that is not shown: `name-file` names a file that holds it.
  package static func secret(_ name: String, help: String) -> Setting {
    optionalText(name, "SECRET", isSecret: true, help: help)
  }
}

extension Setting where Value == Int {
  package static func integer(
    _ name: String, default number: Int, in range: ClosedRange<Int>, help: String
  ) -> Setting {
    Setting(name, "N", default: "\(number)", help: help) { text throws(SettingFault) in
      guard let number = text.flatMap({ Int($0) }) else {
        throw SettingFault("is not a whole number")
      }
      guard range.contains(number) else {
        throw SettingFault("is not between \(range.lowerBound) and \(range.upperBound)")
      }
      return number
    }
  }

  /// A size: `65536`, `64KiB`, `4MiB`, `1GiB`.
  package static func bytes(
    _ name: String, default text: String, in range: ClosedRange<Int>, help: String
  ) -> Setting {
    Setting(name, "BYTES", default: text, help: help) { text throws(SettingFault) in
      guard let text, let bytes = Quantity.bytes(text) else {
        throw SettingFault("is not a size such as 65536, 64KiB, 4MiB or 1GiB")
      }
      guard range.contains(bytes) else {
        throw SettingFault(
          "is not between \(Quantity.text(bytes: range.lowerBound)) and "
            + Quantity.text(bytes: range.upperBound))
      }
      return bytes
    }
  }
}

extension Setting where Value == Duration {
  /// A time: `500ms`, `30s`, `5m`, `1h`.
  package static func duration(
    _ name: String, default text: String, in range: ClosedRange<Duration>, help: String
  ) -> Setting {
    Setting(name, "DURATION", default: text, help: help) { text throws(SettingFault) in
      guard let text, let duration = Quantity.duration(text) else {
        throw SettingFault("is not a duration such as 500ms, 30s, 5m or 1h")
      }
      guard range.contains(duration) else {
        throw SettingFault(
          "is not between \(Quantity.text(range.lowerBound)) and "
            + Quantity.text(range.upperBound))
      }
      return duration
    }
  }
}

extension Setting where Value == Bool {
  /// On or off; the flag alone means on.
  package static func toggle(_ name: String, default isOn: Bool, help: String) -> Setting {
    Setting(name, "true|false", default: "\(isOn)", help: help) { text throws(SettingFault) in
      guard let isOn = text.flatMap({ Bool($0) }) else {
        throw SettingFault("is neither true nor false")
      }
      return isOn
    }
  }
}

extension Setting where Value == [ListenAddress] {
  package static func addresses(_ name: String, default text: String?, help: String) -> Setting {
    Setting(name, "ADDRESS", default: text, isList: true, help: help) {
      text throws(SettingFault) in
      var addresses: [ListenAddress] = []
      for part in (text ?? "").split(separator: ",") {
        let part = part.drop { $0 == " " }
        guard let address = ListenAddress(String(part)) else {
          throw SettingFault("is not an address such as 127.0.0.1:50051, [::1]:50051 or unix:/path")
        }
        guard !addresses.contains(address) || address.isAnyPort else {
          throw SettingFault("names \(address) twice")
        }
        addresses.append(address)
      }
      guard !addresses.isEmpty else { throw SettingFault("is empty") }
      return addresses
    }
  }
}

extension ListenAddress {
  fileprivate var isAnyPort: Bool {
    if case .tcp(_, port: 0) = self { true } else { false }
  }
}
