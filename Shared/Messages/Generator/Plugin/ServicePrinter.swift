/// Prints a service: the protocol its implementation conforms to, its methods, its client.
struct ServicePrinter {
  let service: ServiceType
  let file: ProtoSource
  let types: TypeTable

  private var namespace: String { Names.namespace(ofPackage: file.package) }
  private var name: String { Names.type(service.name) }

  func print(to printer: inout Printer) {
    printer.block("extension \(namespace)") { printer in
      printProtocol(to: &printer)
      printer.line()
      printMethods(to: &printer)
      printer.line()
      printClient(to: &printer)
    }
    printer.line()
    printServing(to: &printer)
  }

  private func form(_ method: ServiceType.Method) -> String {
    switch (method.streamsRequests, method.streamsResponses) {
    case (false, false): "unary"
    case (true, false): "clientStreaming"
    case (false, true): "serverStreaming"
    case (true, true): "bidirectional"
    }
  }

  private func messages(_ method: ServiceType.Method) -> (input: String, output: String) {
    (types[method.input].swiftName, types[method.output].swiftName)
  }

  private func printProtocol(to printer: inout Printer) {
    printer.comment(service.comment)
    printer.block("package protocol \(name): RPCService") { printer in
      for method in service.methods {
        let (input, output) = messages(method)
        printer.comment(method.comment)
        let requests =
          method.streamsRequests ? "_ requests: RequestStream<\(input)>" : "_ request: \(input)"
        let responses = method.streamsResponses ? ", _ responses: ResponseWriter<\(output)>" : ""
        let result = method.streamsResponses ? "" : " -> \(output)"
        printer.line(
          "func \(Names.method(method.name))(\(requests)\(responses), _ context: CallContext)"
            + " async throws\(result)")
      }
    }
  }

  private func printMethods(to printer: inout Printer) {
    printer.line("/// The methods of `\(service.fullName)`.")
    printer.block("package enum \(service.name)Methods") { printer in
      for method in service.methods {
        let (input, output) = messages(method)
        let idempotency = method.idempotency == "unknown" ? "" : ", .\(method.idempotency)"
        printer.line(
          "package static let \(Names.method(method.name)) = MethodDescriptor<\(input), \(output)>("
        )
        printer.line(
          "  \"/\(service.fullName)/\(method.name)\", .\(form(method))\(idempotency))")
      }
    }
  }

  private func printClient(to printer: inout Printer) {
    printer.line("/// Calls `\(service.fullName)`.")
    printer.block("package struct \(service.name)Client: Sendable") { printer in
      printer.line("package let invoker: any CallInvoker")
      printer.line()
      printer.line("package init(_ invoker: any CallInvoker) { self.invoker = invoker }")
      for method in service.methods {
        printer.line()
        printCall(method, to: &printer)
      }
    }
  }

  private func printCall(_ method: ServiceType.Method, to printer: inout Printer) {
    let (input, output) = messages(method)
    let isUnary = form(method) == "unary"
    let request = method.streamsRequests ? "" : "_ request: \(input), "
    let result = isUnary ? output : "ClientCall<\(input), \(output)>"
    let opener =
      isUnary ? "unary" : method.streamsRequests ? "open" : "serverStreaming"
    let argument = method.streamsRequests ? "" : "request, "
    printer.comment(method.comment)
    printer.block(
      "package func \(Names.method(method.name))(\(request)_ options: CallOptions = CallOptions())"
        + " async throws -> \(result)"
    ) { printer in
      printer.line(
        "try await invoker.\(opener)(\(service.name)Methods.\(Names.method(method.name)),"
          + " \(argument)options)")
    }
  }

  private func printServing(to printer: inout Printer) {
    let methods = "\(namespace).\(service.name)Methods"
    printer.block("extension \(namespace).\(name)") { printer in
      printer.block("package static var service: ServiceDescriptor") { printer in
        printer.line("ServiceDescriptor(")
        printer.line("  name: \"\(service.fullName)\", file: \"\(file.name)\",")
        printer.line("  methods: [")
        for method in service.methods {
          printer.line("    \(methods).\(Names.method(method.name)).name,")
        }
        printer.line("  ])")
      }
      printer.line()
      printer.block("package var methods: [ServerMethod]") { printer in
        printer.line("[")
        for method in service.methods {
          let arguments = method.streamsResponses ? "$0, $1, $2" : "$0, $1"
          let name = Names.method(method.name)
          printer.line("  .\(form(method))(\(methods).\(name)) {")
          printer.line("    try await self.\(name)(\(arguments))")
          printer.line("  },")
        }
        printer.line("]")
      }
    }
  }
}
