/// Prints an enum: a case for each number, one more for numbers without a name.
struct EnumPrinter {
  let type: EnumType

  func print(to printer: inout Printer) {
    let names = Names.cases(of: type)
    var first: [Int32: String] = [:]
    var distinct: [(name: String, value: EnumType.Value)] = []
    var aliases: [(name: String, value: EnumType.Value)] = []
    for (name, value) in zip(names, type.values) {
      if first[value.number] == nil {
        first[value.number] = name
        distinct.append((name, value))
      } else {
        aliases.append((name, value))
      }
    }
    printer.comment(type.comment)
    printer.block("package enum \(Names.type(type.name)): OpenEnum") { printer in
      for (name, value) in distinct {
        printer.comment(value.comment)
        printer.line("case \(name)")
      }
      printer.line("/// A number that no name is known for.")
      printer.line("case unrecognized(Int32)")
      for (name, value) in aliases {
        printer.line()
        printer.comment(value.comment)
        printer.line("package static let \(name) = Self.\(first[value.number]!)")
      }
      printNumbers(distinct, to: &printer)
      printNames(zip(names, type.values).map { ($0, $1) }, distinct, to: &printer)
    }
  }

  private func printNumbers(
    _ cases: [(name: String, value: EnumType.Value)], to printer: inout Printer
  ) {
    printer.line()
    printer.block("package init(number: Int32)") { printer in
      printer.line("switch number {")
      for (name, value) in cases { printer.line("case \(value.number): self = .\(name)") }
      printer.line("default: self = .unrecognized(number)")
      printer.line("}")
    }
    printer.line()
    printer.block("package var number: Int32") { printer in
      printer.line("switch self {")
      for (name, value) in cases { printer.line("case .\(name): \(value.number)") }
      printer.line("case .unrecognized(let number): number")
      printer.line("}")
    }
  }

  private func printNames(
    _ all: [(name: String, value: EnumType.Value)],
    _ cases: [(name: String, value: EnumType.Value)], to printer: inout Printer
  ) {
    printer.line()
    printer.block("package init?(name: String)") { printer in
      printer.line("switch name {")
      for (name, value) in all { printer.line("case \"\(value.name)\": self = .\(name)") }
      printer.line("default: return nil")
      printer.line("}")
    }
    printer.line()
    printer.block("package var name: String?") { printer in
      printer.line("switch self {")
      for (name, value) in cases { printer.line("case .\(name): \"\(value.name)\"") }
      printer.line("case .unrecognized: nil")
      printer.line("}")
    }
  }
}
