/// Prints a message: a struct with a property for each field, and its way to and from the wire
/// and JSON.
struct MessagePrinter {
  /// Their JSON is special; it is written by hand beside the generated code.
  static let withOwnJSON: Set<String> = [
    "google.protobuf.Any", "google.protobuf.Duration", "google.protobuf.FieldMask",
    "google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue",
    "google.protobuf.Timestamp", "google.protobuf.DoubleValue", "google.protobuf.FloatValue",
    "google.protobuf.Int64Value", "google.protobuf.UInt64Value", "google.protobuf.Int32Value",
    "google.protobuf.UInt32Value", "google.protobuf.BoolValue", "google.protobuf.StringValue",
    "google.protobuf.BytesValue",
  ]

  let message: MessageType
  let types: TypeTable
  private let shapes: [FieldShape]

  init(_ message: MessageType, _ types: TypeTable) {
    self.message = message
    self.types = types
    shapes = message.fieldsByNumber.map { FieldShape($0, of: message, types) }
  }

  private var oneofs: [(index: Int, oneof: Oneof)] {
    message.oneofs.enumerated().filter { !$0.element.isSynthetic }.map { ($0.offset, $0.element) }
  }

  /// What the memberwise initializer takes, in the order of the `.proto`.
  private var properties: [(name: String, type: String, value: String)] {
    var taken: Set<Int> = []
    return message.fields.compactMap { field in
      guard let index = field.oneof else {
        let shape = shapes.first { $0.field.number == field.number }!
        return (shape.property, shape.swiftType, shape.swiftDefault)
      }
      guard taken.insert(index).inserted else { return nil }
      let name = message.oneofs[index].name
      return (Names.property(name), Names.oneofType(name) + "?", "nil")
    }
  }

  func print(to printer: inout Printer) {
    printer.comment(message.comment)
    printer.block("package struct \(Names.type(message.name)): Message") { printer in
      printProperties(to: &printer)
      printInitializers(to: &printer)
      printWire(to: &printer)
      if !Self.withOwnJSON.contains(message.fullName) {
        JSONPrinter(shapes: shapes, types: types).print(to: &printer)
      }
      for (index, oneof) in oneofs { print(oneof, index, to: &printer) }
      for type in message.enums {
        printer.line()
        EnumPrinter(type: type).print(to: &printer)
      }
      for nested in message.messages where !nested.isMapEntry {
        printer.line()
        MessagePrinter(nested, types).print(to: &printer)
      }
    }
  }

  private func printProperties(to printer: inout Printer) {
    var printed: Set<Int> = []
    for field in message.fields {
      if let index = field.oneof {
        guard printed.insert(index).inserted else { continue }
        let oneof = message.oneofs[index]
        printer.comment(oneof.comment)
        printer.line(
          "package var \(Names.property(oneof.name)): \(Names.oneofType(oneof.name))?")
        continue
      }
      let shape = shapes.first { $0.field.number == field.number }!
      printer.comment(field.comment)
      if shape.isBoxed {
        printer.block("package var \(shape.property): \(shape.swiftType)") { printer in
          printer.line("get { \(boxed(shape))?.value }")
          printer.line("set { \(boxed(shape)) = newValue.map(Indirect.init) }")
        }
        printer.line("private var \(boxed(shape)): Indirect<\(shape.valueType)>?")
      } else if case .optional = shape.form {
        printer.line("package var \(shape.property): \(shape.swiftType)")
      } else {
        printer.line("package var \(shape.property): \(shape.swiftType) = \(shape.swiftDefault)")
      }
    }
    printer.line("package var unknownFields = UnknownFields()")
    printer.line()
    printer.line("package static var messageName: String { \"\(message.fullName)\" }")
    printer.block("package static var layout: MessageLayout") { printer in
      printer.line("unsafe MessageLayout(\(Names.cStruct(message.fullName))__table())")
    }
  }

  private func boxed(_ shape: FieldShape) -> String { "boxed_\(shape.field.name)" }

  private func printInitializers(to printer: inout Printer) {
    printer.line()
    printer.line("package init() {}")
    guard !properties.isEmpty else { return }
    printer.line()
    printer.line("package init(")
    printer.indented { printer in
      for (index, property) in properties.enumerated() {
        let comma = index + 1 < properties.count ? "," : ""
        printer.line("\(property.name): \(property.type) = \(property.value)\(comma)")
      }
    }
    printer.block(")") { printer in
      for property in properties { printer.line("self.\(property.name) = \(property.name)") }
    }
  }

  private func printWire(to printer: inout Printer) {
    printer.line()
    printer.block("package init(_ parsed: ParsedMessage)") { printer in
      if !shapes.isEmpty {
        printer.line("let c = unsafe parsed.as(\(Names.cStruct(message.fullName)).self)")
      }
      for shape in shapes { printRead(shape, to: &printer) }
      for (index, oneof) in oneofs { printRead(oneof, index, to: &printer) }
      printer.line("unknownFields = parsed.unknownFields")
    }
    printer.line()
    printer.block("package func encode(into writer: inout MessageWriter)") { printer in
      printer.line("writer.write(unknownFields)")
      for shape in shapes.reversed() { printWrite(shape, to: &printer) }
    }
  }

  private func printRead(_ shape: FieldShape, to printer: inout Printer) {
    let name = shape.field.name
    var isMessage = false
    if case .message = shape.field.type { isMessage = true }
    switch shape.form {
    case .implicit:
      printer.line("self.\(shape.property) = unsafe \(shape.kind).value(c.pointee.f_\(name))")
    case .optional:
      let presence = isMessage ? "" : "c.pointee.h_\(name), "
      printer.line(
        "self.\(shape.property) = unsafe \(shape.kind).optional(\(presence)c.pointee.f_\(name))")
    case .repeated, .packed:
      printer.line(
        "self.\(shape.property) = unsafe \(shape.kind).repeated("
          + "c.pointee.n_\(name), c.pointee.f_\(name))")
    case .map(_, _, let entry):
      let kinds = FieldShape.mapKinds(types[entry].message!, types)
      printer.line("self.\(shape.property) = unsafe \(kinds.key).map(")
      printer.line("  \(kinds.value).self, c.pointee.n_\(name), c.pointee.f_\(name),")
      printer.line("  as: \(Names.cStruct(entry)).self")
      printer.line(") { unsafe ($0.f_key, $0.f_value) }")
    case .oneof: break
    }
  }

  private func printRead(_ oneof: Oneof, _ index: Int, to printer: inout Printer) {
    printer.line("switch unsafe c.pointee.c_\(oneof.name) {")
    for shape in shapes where shape.field.oneof == index {
      printer.line(
        "case \(shape.field.number): self.\(Names.property(oneof.name)) = unsafe"
          + " .\(shape.property)(\(shape.kind).value(c.pointee.f_\(shape.field.name)))")
    }
    printer.line("default: break")
    printer.line("}")
  }

  private func printWrite(_ shape: FieldShape, to printer: inout Printer) {
    let number = shape.field.number
    switch shape.form {
    case .implicit, .optional, .repeated, .packed:
      printer.line("writer.\(shape.form)(\(shape.kind).self, \(number), self.\(shape.property))")
    case .map(_, _, let entry):
      let kinds = FieldShape.mapKinds(types[entry].message!, types)
      printer.line(
        "writer.map(\(kinds.key).self, \(kinds.value).self, \(number), self.\(shape.property))")
    case .oneof(let property):
      printer.block("if case .\(shape.property)(let value)? = self.\(property)") { printer in
        printer.line("writer.field(\(shape.kind).self, \(number), value)")
      }
    }
  }

  private func print(_ oneof: Oneof, _ index: Int, to printer: inout Printer) {
    let members = shapes.filter { $0.field.oneof == index }
    let indirect = members.contains { $0.isBoxed } ? "indirect " : ""
    printer.line()
    printer.comment(oneof.comment)
    printer.block(
      "package \(indirect)enum \(Names.oneofType(oneof.name)): Hashable, Sendable"
    ) { printer in
      for shape in members {
        printer.comment(shape.field.comment)
        printer.line("case \(shape.property)(\(shape.valueType))")
      }
    }
  }
}
