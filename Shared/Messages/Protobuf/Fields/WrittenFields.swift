extension MessageWriter {
  /// A field that is there.
  package mutating func field<Kind: FieldKind>(
    _: Kind.Type, _ number: UInt32, _ value: Kind.Value
  ) {
    Kind.write(value, into: &self)
    tag(number, Kind.wireType)
  }

  /// A field without presence.
  package mutating func implicit<Kind: FieldKind>(
    _: Kind.Type, _ number: UInt32, _ value: Kind.Value
  ) {
    if !Kind.isDefault(value) { field(Kind.self, number, value) }
  }

  package mutating func optional<Kind: FieldKind>(
    _: Kind.Type, _ number: UInt32, _ value: Kind.Value?
  ) {
    if let value { field(Kind.self, number, value) }
  }

  /// A repeated field, a tag for each element.
  package mutating func repeated<Kind: FieldKind>(
    _: Kind.Type, _ number: UInt32, _ values: [Kind.Value]
  ) {
    for value in values.reversed() { field(Kind.self, number, value) }
  }

  /// A repeated field, all elements behind one tag.
  package mutating func packed<Kind: FieldKind>(
    _: Kind.Type, _ number: UInt32, _ values: [Kind.Value]
  ) {
    guard !values.isEmpty else { return }
    lengthDelimited(number) { writer in
      for value in values.reversed() { Kind.write(value, into: &writer) }
    }
  }

  package mutating func map<Key: MapKeyKind, Element: FieldKind>(
    _: Key.Type, _: Element.Type, _ number: UInt32, _ values: [Key.Value: Element.Value]
  ) {
    guard !values.isEmpty else { return }
    for (key, value) in values.sorted(by: { !Key.areInOrder($0.key, $1.key) }) {
      lengthDelimited(number) { writer in
        writer.field(Element.self, 2, value)
        writer.field(Key.self, 1, key)
      }
    }
  }

  private mutating func lengthDelimited(
    _ number: UInt32, _ content: (inout MessageWriter) -> Void
  ) {
    let end = count
    content(&self)
    varint(UInt64(count - end))
    tag(number, .lengthDelimited)
  }
}
