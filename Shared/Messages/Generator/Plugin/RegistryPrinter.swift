/// Prints what a module has as a whole: its namespaces, its files and its message types.
struct RegistryPrinter {
  let files: [ProtoSource]
  let types: TypeTable
  let parameters: Parameters

  func swift() -> String {
    var printer = Printer()
    printer.lines([
      banner(files.map(\.name).joined(separator: ", ")), "", "import \(parameters.cModule)",
      "package import Protobuf", "",
    ])
    for package in Set(files.map(\.package)).sorted() {
      printer.line("/// Messages of `\(package)`.")
      printer.line("package enum \(Names.namespace(ofPackage: package)) {}")
      printer.line()
    }
    printer.line("/// All of \(parameters.module): for reflection and for `Any` in JSON.")
    printer.block("package enum \(parameters.module)Registry") { printer in
      printer.line("package static let files: [ProtoFile] = [")
      for file in files { print(file, to: &printer) }
      printer.line("]")
      printer.line()
      printer.line("package static let messages: [any Protobuf.Message.Type] = [")
      for name in files.flatMap({ names($0.messages) }) {
        printer.line("  \(types[name].swiftName).self,")
      }
      printer.line("]")
    }
    return printer.text
  }

  func umbrellaHeader() -> String {
    let includes = files.map { "#include \"\(Names.output($0.name)).pb.h\"" }
    return ([banner(files.map(\.name).joined(separator: ", ")), "#pragma once", ""] + includes)
      .joined(separator: "\n") + "\n"
  }

  private func names(_ messages: [MessageType]) -> [String] {
    messages.filter { !$0.isMapEntry }.flatMap { [$0.fullName] + names($0.messages) }
  }

  private func print(_ file: ProtoSource, to printer: inout Printer) {
    let start = Names.cIdentifier(Names.output(file.name)) + "__file_start()"
    printer.indented { printer in
      printer.line("ProtoFile(")
      printer.indented { printer in
        printer.line("name: \"\(file.name)\",")
        printer.line(
          "dependencies: [\(file.dependencies.map { "\"\($0)\"" }.joined(separator: ", "))],")
        printer.line("symbols: [")
        for symbol in symbols(of: file) { printer.line("  \"\(symbol)\",") }
        printer.line("],")
        let extensions = file.extensions + file.messages.flatMap { self.extensions(of: $0) }
        let list = extensions.map { ".init(extendee: \"\($0.extendee)\", number: \($0.number))" }
        printer.line("extensions: [\(list.joined(separator: ", "))],")
        printer.line("descriptor: {")
        printer.line("  unsafe Array(")
        printer.line(
          "    UnsafeBufferPointer(start: \(start), count: \(file.descriptor.count)))")
        printer.line("}),")
      }
    }
  }

  private func symbols(of file: ProtoSource) -> [String] {
    file.messages.flatMap { symbols(of: $0) }
      + file.enums.flatMap { symbols(of: $0, in: file.package) }
      + file.services.flatMap { service in
        [service.fullName] + service.methods.map { "\(service.fullName).\($0.name)" }
      }
      + file.extensions.map(\.fullName)
  }

  private func symbols(of message: MessageType) -> [String] {
    [message.fullName] + message.fields.map { "\(message.fullName).\($0.name)" }
      + message.oneofs.map { "\(message.fullName).\($0.name)" }
      + message.messages.flatMap { symbols(of: $0) }
      + message.enums.flatMap { symbols(of: $0, in: message.fullName) }
      + message.extensions.map(\.fullName)
  }

  /// The values of an enum are named beside it, not in it.
  private func symbols(of type: EnumType, in scope: String) -> [String] {
    [type.fullName] + type.values.map { "\(scope).\($0.name)" }
  }

  private func extensions(of message: MessageType) -> [ExtensionField] {
    message.extensions + message.messages.flatMap { extensions(of: $0) }
  }
}
