/// Writes types as a `.proto` declares them, with the comments that their server keeps and without
/// options.
package struct ProtoText {
  private let pool: DescriptorPool

  package init(_ pool: DescriptorPool) { self.pool = pool }

  /// The declaration of a service, a method of it, a message type or an enum; nil for a name that
  /// is none of them.
  package func declaration(of name: String) -> String? {
    if let service = pool.service(name) { return text(service) }
    if let type = pool.message(name) { return lines(type, "").joined(separator: "\n") }
    if let type = pool.enumeration(name) { return lines(type, "").joined(separator: "\n") }
    guard let dot = name.lastIndex(of: "."),
      let method = pool.service(String(name[..<dot]))?.method(
        String(name[name.index(after: dot)...]))
    else { return nil }
    return (comment(on: name, "") + [text(method)]).joined(separator: "\n")
  }

  private func comment(on name: String, _ indent: String) -> [String] {
    guard
      var lines = pool.comment(on: name)?.split(
        separator: "\n", omittingEmptySubsequences: false)
    else { return [] }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { "\(indent)//\($0)" }
  }

  private func text(_ method: ServiceType.Method) -> String {
    let input = (method.streamsInput ? "stream " : "") + method.input
    let output = (method.streamsOutput ? "stream " : "") + method.output
    return "rpc \(method.name)(\(input)) returns (\(output));"
  }

  /// The type of a field as it is declared, `repeated string`.
  package func type(of field: FieldType) -> String {
    if let entry = pool.mapEntry(of: field) {
      return "map<\(name(of: entry.key.kind)), \(name(of: entry.value.kind))>"
    }
    let label =
      field.isRepeated
      ? "repeated " : field.isRequired ? "required " : field.isOptional ? "optional " : ""
    return label + name(of: field.kind)
  }

  private func text(_ service: ServiceType) -> String {
    let methods = service.methods.flatMap { method in
      comment(on: "\(service.name).\(method.name)", "  ") + ["  " + text(method)]
    }
    return (comment(on: service.name, "") + ["service \(service.name) {"] + methods + ["}"])
      .joined(separator: "\n")
  }

  /// `indent` is empty for the type that was asked for, whose full name is told.
  private func lines(_ type: MessageType, _ indent: String) -> [String] {
    let inner = indent + "  "
    var lines = comment(on: type.name, indent)
    lines.append("\(indent)message \(title(type.name, indent)) {")
    var written: Set<Int> = []
    for field in type.fields {
      guard let oneof = field.oneof else {
        lines += self.lines(field, of: type, inner)
        continue
      }
      guard written.insert(oneof).inserted else { continue }
      lines += comment(on: "\(type.name).\(type.oneofs[oneof])", inner)
      lines.append("\(inner)oneof \(type.oneofs[oneof]) {")
      lines += type.fields.filter { $0.oneof == oneof }
        .flatMap { self.lines($0, of: type, inner + "  ") }
      lines.append("\(inner)}")
    }
    lines += reserved(type).map { inner + $0 }
    for name in type.nestedMessages {
      guard let nested = pool.message(name), !nested.isMapEntry else { continue }
      lines += [""] + self.lines(nested, inner)
    }
    for name in type.nestedEnums {
      if let nested = pool.enumeration(name) { lines += [""] + self.lines(nested, inner) }
    }
    return lines + ["\(indent)}"]
  }

  private func lines(_ type: EnumType, _ indent: String) -> [String] {
    let values = type.values.flatMap { value in
      comment(on: "\(type.name).\(value.name)", indent + "  ")
        + ["\(indent)  \(value.name) = \(value.number);"]
    }
    return comment(on: type.name, indent) + ["\(indent)enum \(title(type.name, indent)) {"]
      + values + ["\(indent)}"]
  }

  private func lines(_ field: FieldType, of type: MessageType, _ indent: String) -> [String] {
    comment(on: "\(type.name).\(field.name)", indent)
      + ["\(indent)\(self.type(of: field)) \(field.name) = \(field.number);"]
  }

  private func reserved(_ type: MessageType) -> [String] {
    let numbers = type.reservedNumbers.map { range in
      range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    }
    let names = type.reservedNames.map { "\"\($0)\"" }
    return [numbers, names].filter { !$0.isEmpty }.map {
      "reserved \($0.joined(separator: ", "));"
    }
  }

  private func title(_ name: String, _ indent: String) -> Substring {
    indent.isEmpty ? name[...] : name.split(separator: ".").last ?? name[...]
  }

  private func name(of kind: FieldType.Kind) -> String {
    switch kind {
    case .scalar(let scalar): "\(scalar)"
    case .enumeration(let name), .message(let name): name
    case .group(let name): "group \(name)"
    }
  }
}
