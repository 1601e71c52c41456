import ArgumentParser
import Protobuf

extension OpenEnum {
  /// As people write it, `national-association`; empty where nothing is said.
  var word: String {
    guard number != 0 else { return "" }
    return name.map(Self.word) ?? "\(number)"
  }

  /// Capitals, hyphens and underscores do not matter.
  init?(word: String) {
    self.init(name: word.uppercased().replacing("-", with: "_"))
    if number == 0 { return nil }
  }

  /// Every word there is, but for the one that says nothing.
  static var words: [String] {
    (1..<wordsMaximum).compactMap { Self(number: $0).name }.map(word)
  }

  private static var wordsMaximum: Int32 { 64 }
  private static func word(_ name: String) -> String {
    name.lowercased().replacing("_", with: "-")
  }
}

/// An enum's value in a command line.
struct EnumWord<Enum: OpenEnum>: ExpressibleByArgument {
  let value: Enum

  init?(argument: String) {
    guard let value = Enum(word: argument) else { return nil }
    self.value = value
  }

  static var allValueStrings: [String] { Enum.words }
}
