/// From a request of protoc to the files it asks for.
struct Generator {
  struct Output {
    let name: String
    let text: String
  }

  private let files: [ProtoSource]
  private let types: TypeTable
  private let parameters: Parameters

  init(_ request: CodeGeneratorRequest) throws(GeneratorError) {
    parameters = try Parameters(request.parameter)
    let wanted = Set(request.filesToGenerate)
    files = request.files.filter { wanted.contains($0.name) }.sorted { $0.name < $1.name }
    for file in files { try Checks(file: file).run() }
    types = try TypeTable(request, parameters)
  }

  func outputs() -> [Output] {
    let registry = RegistryPrinter(files: files, types: types, parameters: parameters)
    return files.flatMap(outputs) + [
      Output(name: "Swift/\(parameters.module)Registry.pb.swift", text: registry.swift()),
      Output(name: "C/include/\(parameters.cModule).h", text: registry.umbrellaHeader()),
    ]
  }

  private func outputs(_ file: ProtoSource) -> [Output] {
    let name = Names.output(file.name)
    let c = CPrinter(file: file)
    var outputs = [
      Output(name: "C/include/\(name).pb.h", text: c.header()),
      Output(name: "C/\(name).pb.c", text: c.source()),
    ]
    if !file.messages.isEmpty || !file.enums.isEmpty {
      outputs.append(Output(name: "Swift/\(name).pb.swift", text: messages(file)))
    }
    if !file.services.isEmpty {
      outputs.append(Output(name: "Swift/\(name).rpc.swift", text: services(file)))
    }
    return outputs
  }

  private func messages(_ file: ProtoSource) -> String {
    var printer = Printer()
    printer.lines([banner(file.name), ""])
    let needsC = !file.messages.isEmpty
    if needsC { printer.line("import \(parameters.cModule)") }
    printer.lines(
      needsC ? imports(messageTypes(of: file), adding: ["Protobuf"]) : ["import Protobuf"])
    printer.line()
    printer.block("extension \(Names.namespace(ofPackage: file.package))") { printer in
      var isFirst = true
      for type in file.enums {
        if !isFirst { printer.line() }
        EnumPrinter(type: type).print(to: &printer)
        isFirst = false
      }
      for message in file.messages {
        if !isFirst { printer.line() }
        MessagePrinter(message, types).print(to: &printer)
        isFirst = false
      }
    }
    return printer.text
  }

  private func services(_ file: ProtoSource) -> String {
    var printer = Printer()
    printer.lines([banner(file.name), ""])
    let used = file.services.flatMap(\.methods).flatMap { [$0.input, $0.output] }
    printer.lines(imports(used, adding: ["RPC"]))
    for service in file.services {
      printer.line()
      ServicePrinter(service: service, file: file, types: types).print(to: &printer)
    }
    return printer.text
  }

  private func imports(_ used: [String], adding modules: [String]) -> [String] {
    let foreign = used.map { types[$0].module }.filter { $0 != parameters.module }
    return Set(foreign + modules).sorted().map { "package import \($0)" }
  }

  /// The messages and enums that a file's fields name.
  private func messageTypes(of file: ProtoSource) -> [String] {
    func names(_ messages: [MessageType]) -> [String] {
      messages.flatMap { message in
        message.fields.compactMap { field in
          switch field.type {
          case .message(let name), .enumeration(let name): name
          case .scalar, .group: nil
          }
        } + names(message.messages)
      }
    }
    return names(file.messages)
  }
}
