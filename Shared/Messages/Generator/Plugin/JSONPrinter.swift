/// Prints a message's way to and from proto3 JSON.
struct JSONPrinter {
  let shapes: [FieldShape]
  let types: TypeTable

  func print(to printer: inout Printer) {
    printer.line()
    printer.block(
      "package func jsonValue(_ options: JSONEncodingOptions) throws(JSONError) -> JSONValue"
    ) { printer in
      printer.line("\(shapes.isEmpty ? "let" : "var") object = JSONObjectWriter(options)")
      for shape in shapes { printWrite(shape, to: &printer) }
      printer.line("return object.value()")
    }
    printer.line()
    printer.block(
      "package init(jsonValue: JSONValue, _ options: JSONDecodingOptions) throws(JSONError)"
    ) { printer in
      printer.line("self.init()")
      printer.line(
        "\(shapes.isEmpty ? "let" : "var") fields = "
          + "try JSONFields(jsonValue, of: Self.self, options)")
      for shape in shapes { printRead(shape, to: &printer) }
      printer.line("try fields.finish()")
    }
  }

  private func names(_ shape: FieldShape) -> String {
    "\"\(shape.field.jsonName)\", \"\(shape.field.name)\""
  }

  private func printWrite(_ shape: FieldShape, to printer: inout Printer) {
    let names = names(shape)
    switch shape.form {
    case .implicit, .optional:
      printer.line("try object.\(shape.form)(\(shape.kind).self, \(names), self.\(shape.property))")
    case .repeated, .packed:
      printer.line("try object.repeated(\(shape.kind).self, \(names), self.\(shape.property))")
    case .map(_, _, let entry):
      let kinds = FieldShape.mapKinds(types[entry].message!, types)
      printer.line(
        "try object.map(\(kinds.key).self, \(kinds.value).self, \(names), self.\(shape.property))")
    case .oneof(let property):
      printer.block("if case .\(shape.property)(let value)? = self.\(property)") { printer in
        printer.line("try object.field(\(shape.kind).self, \(names), value)")
      }
    }
  }

  private func printRead(_ shape: FieldShape, to printer: inout Printer) {
    let names = names(shape)
    switch shape.form {
    case .implicit, .optional:
      printer.line(
        "try fields.\(shape.form)(\(shape.kind).self, \(names), &self.\(shape.property))")
    case .repeated, .packed:
      printer.line("try fields.repeated(\(shape.kind).self, \(names), &self.\(shape.property))")
    case .map(_, _, let entry):
      let kinds = FieldShape.mapKinds(types[entry].message!, types)
      printer.line(
        "try fields.map(\(kinds.key).self, \(kinds.value).self, \(names), &self.\(shape.property))")
    case .oneof(let property):
      printer.line(
        "try fields.oneof(\(shape.kind).self, \(names), &self.\(property))"
          + " { .\(shape.property)($0) }"
      )
    }
  }
}
