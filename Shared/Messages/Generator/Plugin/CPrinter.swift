/// Prints the C of one file: a struct and a protobuf-c table for each message.
///
/// Members are `f_` the field, `n_` its count, `h_` whether it is there, `c_` the oneof's case:
/// no name of a field can meet one of C's or protobuf-c's. Strings are counted bytes with a flag
/// of ours, so that NUL is kept and the codec knows what must be UTF-8.
struct CPrinter {
  let file: ProtoSource

  private var identifier: String { Names.cIdentifier(Names.output(file.name)) }
  private var messages: [MessageType] { Self.flattened(file.messages) }

  private static func flattened(_ messages: [MessageType]) -> [MessageType] {
    messages.flatMap { [$0] + flattened($0.messages) }
  }

  func header() -> String {
    var printer = Printer()
    printer.lines([
      banner(file.name), "#pragma once", "", "#include <CProtobufLayout.h>", "",
      "extern const uint8_t \(identifier)__file[\(file.descriptor.count)];",
      "static inline const uint8_t *\(identifier)__file_start(void) {",
      "  return \(identifier)__file;", "}",
    ])
    for message in messages { print(message, to: &printer) }
    return printer.text
  }

  private func print(_ message: MessageType, to printer: inout Printer) {
    let name = Names.cStruct(message.fullName)
    printer.line()
    printer.line("typedef struct {")
    printer.indented { printer in
      printer.line("ProtobufCMessage base;")
      for field in message.fieldsByNumber where field.oneof == nil {
        printer.lines(members(of: field))
      }
      for (index, oneof) in message.oneofs.enumerated() where !oneof.isSynthetic {
        printer.line("uint32_t c_\(oneof.name);")
        printer.line("union {")
        printer.indented { printer in
          for field in message.fields where field.oneof == index {
            printer.line("\(cType(field)) f_\(field.name);")
          }
        }
        printer.line("};")
      }
    }
    printer.lines([
      "} \(name);",
      "extern const ProtobufCMessageDescriptor \(name)__descriptor;",
      "static inline const ProtobufCMessageDescriptor *\(name)__table(void) {",
      "  return &\(name)__descriptor;", "}",
    ])
  }

  private func cType(_ field: Field) -> String {
    switch field.type {
    case .scalar(let scalar): scalar.cType
    case .enumeration: "int32_t"
    case .message, .group: "cabildo_message"
    }
  }

  private func members(of field: Field) -> [String] {
    let type = cType(field)
    switch field.label {
    case .repeated, .packed: return ["size_t n_\(field.name);", "\(type) *f_\(field.name);"]
    case .optional where hasQuantifier(field):
      return ["protobuf_c_boolean h_\(field.name);", "\(type) f_\(field.name);"]
    default: return ["\(type) f_\(field.name);"]
    }
  }

  private func hasQuantifier(_ field: Field) -> Bool {
    if case .message = field.type { return false }
    return field.label == .optional
  }

  func source() -> String {
    var printer = Printer()
    printer.lines([
      banner(file.name), "#include \"\(Names.output(file.name)).pb.h\"", "#include <string.h>", "",
    ])
    let foreign = Set(messages.flatMap(\.fields).compactMap(messageName))
      .subtracting(messages.map(\.fullName))
    for name in foreign.sorted() {
      printer.line(
        "extern const ProtobufCMessageDescriptor \(Names.cStruct(name))__descriptor;")
    }
    for message in messages { printTable(message, to: &printer) }
    printFile(to: &printer)
    return printer.text
  }

  private func messageName(_ field: Field) -> String? {
    if case .message(let name) = field.type { return name }
    return nil
  }

  private func printTable(_ message: MessageType, to printer: inout Printer) {
    let name = Names.cStruct(message.fullName)
    let fields = message.fieldsByNumber
    printer.line()
    printer.block("static void \(name)__init(ProtobufCMessage *message)") { printer in
      printer.line("memset(message, 0, sizeof(\(name)));")
      printer.line("message->descriptor = &\(name)__descriptor;")
    }
    if !fields.isEmpty {
      printer.line("static const ProtobufCFieldDescriptor \(name)__fields[] = {")
      for field in fields { printer.line("  \(row(field, of: message)),") }
      printer.line("};")
      printer.line("static const ProtobufCIntRange \(name)__ranges[] = {\(ranges(fields))};")
    }
    let count = ranges(fields).split(separator: "}").count - 1
    let tables =
      fields.isEmpty
      ? "0, NULL, NULL, 0, NULL"
      : "\(fields.count), \(name)__fields, NULL, \(count), \(name)__ranges"
    printer.line("const ProtobufCMessageDescriptor \(name)__descriptor = {")
    printer.line(
      "  PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC, \"\(message.fullName)\", \"\(message.name)\","
        + " \"\(name)\", \"\(file.package)\",")
    printer.line("  sizeof(\(name)), \(tables), \(name)__init, NULL, NULL, NULL")
    printer.line("};")
  }

  private func row(_ field: Field, of message: MessageType) -> String {
    let name = Names.cStruct(message.fullName)
    var quantifier = "0"
    var label = "PROTOBUF_C_LABEL_NONE"
    var flags: [String] = []
    if let oneof = field.oneof {
      label = "PROTOBUF_C_LABEL_OPTIONAL"
      quantifier = "offsetof(\(name), c_\(message.oneofs[oneof].name))"
      flags.append("PROTOBUF_C_FIELD_FLAG_ONEOF")
    } else if field.label == .optional {
      label = "PROTOBUF_C_LABEL_OPTIONAL"
      if hasQuantifier(field) { quantifier = "offsetof(\(name), h_\(field.name))" }
    } else if field.label == .repeated || field.label == .packed {
      label = "PROTOBUF_C_LABEL_REPEATED"
      quantifier = "offsetof(\(name), n_\(field.name))"
      if field.label == .packed { flags.append("PROTOBUF_C_FIELD_FLAG_PACKED") }
    }
    var type = "PROTOBUF_C_TYPE_INT32"
    var descriptor = "NULL"
    switch field.type {
    case .scalar(let scalar):
      type = scalar.tableType
      if scalar == .string { flags.append("CABILDO_FIELD_FLAG_STRING") }
    case .message(let target):
      type = "PROTOBUF_C_TYPE_MESSAGE"
      descriptor = "&\(Names.cStruct(target))__descriptor"
    case .enumeration, .group: break
    }
    return "{\"\(field.name)\", \(field.number), \(label), \(type), \(quantifier),"
      + " offsetof(\(name), f_\(field.name)), \(descriptor), NULL,"
      + " \(flags.isEmpty ? "0" : flags.joined(separator: " | ")), 0, NULL, NULL}"
  }

  /// Runs of consecutive numbers, and behind them how many fields there are.
  private func ranges(_ fields: [Field]) -> String {
    var starts: [String] = []
    var next: Int32?
    for (index, field) in fields.enumerated() {
      if field.number != next { starts.append("{\(field.number), \(index)}") }
      next = field.number + 1
    }
    return (starts + ["{0, \(fields.count)}"]).joined(separator: ", ")
  }

  private func printFile(to printer: inout Printer) {
    let bytes = file.descriptor
    printer.line()
    printer.line("const uint8_t \(identifier)__file[\(bytes.count)] = {")
    for start in stride(from: 0, to: bytes.count, by: 20) {
      let row = bytes[start..<min(start + 20, bytes.count)]
      printer.line("  " + row.map { "\($0)," }.joined(separator: " "))
    }
    printer.line("};")
  }
}
