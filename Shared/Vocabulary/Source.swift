/// Where a fact comes from: a document or page, and the place in it.
package struct Source: Hashable, Sendable {
  package var document: String
  package var locator: String

  package init(document: String, locator: String = "") {
    self.document = document
    self.locator = locator
  }

  package static let maxBytes = 500

  package func violations(_ field: String) -> [Violation] {
    TextRule(maxBytes: Self.maxBytes).violations("\(field).document", document)
      + TextRule(maxBytes: Self.maxBytes, mayBeBlank: true).violations("\(field).locator", locator)
  }
}
