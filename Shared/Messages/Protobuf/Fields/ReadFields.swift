package import CProtobuf
package import CProtobufLayout

extension FieldKind {
  package static func optional(_ isPresent: protobuf_c_boolean, _ c: CValue) -> Value? {
    isPresent != 0 ? value(c) : nil
  }

  @unsafe package static func repeated(_ count: Int, _ values: UnsafeMutablePointer<CValue>?)
    -> [Value]
  {
    guard count > 0, let values = unsafe values else { return [] }
    return unsafe UnsafeBufferPointer(start: values, count: count).map(value)
  }
}

extension MapKeyKind {
  /// A map comes as its entries, a later one replacing an earlier of the same key.
  @unsafe package static func map<Element: FieldKind, Entry>(
    _: Element.Type, _ count: Int,
    _ entries: UnsafeMutablePointer<cabildo_message>?, as: Entry.Type,
    _ keyAndValue: (Entry) -> (CValue, Element.CValue)
  ) -> [Value: Element.Value] {
    guard count > 0, let entries = unsafe entries else { return [:] }
    var map: [Value: Element.Value] = [:]
    for index in 0..<count {
      let entry = unsafe ParsedMessage(entries[index].message!).as(Entry.self)
      let (key, element) = unsafe keyAndValue(entry.pointee)
      map[value(key)] = Element.value(element)
    }
    return map
  }
}
