package import Vocabulary

/// What a member is called in an open register.
package struct Identifier: Hashable, Sendable {
  package enum Scheme: Int, Hashable, Sendable, CaseIterable {
    case wikidata = 1
    case geonames, iso3166Part2, unlocode
  }

  /// Nil where it was not said.
  package var scheme: Scheme?
  package var value: String

  package init(_ scheme: Scheme?, _ value: String) {
    self.scheme = scheme
    self.value = value
  }

  /// A UN/LOCODE is often written small or with a space, which it does not have.
  package var normalized: Identifier {
    guard scheme == .unlocode else { return self }
    return Identifier(scheme, value.filter { $0 != " " }.uppercased())
  }

  package static let maxBytes = 20

  /// What is wrong with it, as that of a member in `country` (empty: not known).
  package func violations(_ field: String, country: String) -> [Violation] {
    guard let scheme else {
      return [Violation("\(field).scheme", .required, "an identifier has a scheme")]
    }
    guard value.utf8.count <= Self.maxBytes, scheme.allows(Array(value.utf8)) else {
      return [
        Violation(
          "\(field).value", .identifierInvalid,
          "\"\(value.printable)\" is none of \(scheme.name): \(scheme.shape)")
      ]
    }
    guard scheme == .iso3166Part2 || scheme == .unlocode, !country.isEmpty,
      !value.hasPrefix(country)
    else { return [] }
    return [
      Violation(
        "\(field).value", .identifierInvalid,
        "\(value) is in \(value.prefix(2)), and the member's country is \(country.printable)")
    ]
  }
}

extension Identifier.Scheme {
  /// As in the contract.
  package var name: String {
    switch self {
    case .wikidata: "WIKIDATA"
    case .geonames: "GEONAMES"
    case .iso3166Part2: "ISO_3166_2"
    case .unlocode: "UN_LOCODE"
    }
  }

  fileprivate var shape: String {
    switch self {
    case .wikidata: "Q and a number, as Q8692"
    case .geonames: "a number, as 3128026"
    case .iso3166Part2: "a country, a hyphen and one to three letters or digits, as ES-BI"
    case .unlocode: "a country and three letters or digits, as ESBIO"
    }
  }

  fileprivate func allows(_ value: [UInt8]) -> Bool {
    switch self {
    case .wikidata: value.first == UInt8(ascii: "Q") && Self.isNumber(value.dropFirst())
    case .geonames: Self.isNumber(value[...])
    case .iso3166Part2:
      4...6 ~= value.count && Self.isCountry(value.prefix(2)) && value[2] == UInt8(ascii: "-")
        && value.dropFirst(3).allSatisfy { Self.isLetter($0) || Self.isDigit($0) }
    case .unlocode:
      value.count == 5 && Self.isCountry(value.prefix(2))
        // The digits 0 and 1 are not used: they look like letters.
        && value.dropFirst(2).allSatisfy { Self.isLetter($0) || 0x32...0x39 ~= $0 }
    }
  }

  private static func isNumber(_ digits: ArraySlice<UInt8>) -> Bool {
    1...15 ~= digits.count && digits.allSatisfy(isDigit) && digits.first != 0x30
  }

  private static func isCountry(_ letters: ArraySlice<UInt8>) -> Bool {
    CountryCode(String(decoding: letters, as: UTF8.self)) != nil
  }

  private static func isDigit(_ byte: UInt8) -> Bool { 0x30...0x39 ~= byte }
  private static func isLetter(_ byte: UInt8) -> Bool { 0x41...0x5a ~= byte }
}
