/// What `protoc` is told with `--cabildo_opt`.
struct Parameters {
  /// The Swift module that the generated files are part of.
  var module = ""
  /// The C module of their structs and tables.
  var cModule = ""
  /// Which module has the messages of other files, by a prefix of the files' names.
  private var imports: [(prefix: String, module: String)] = []

  init(_ text: String) throws(GeneratorError) {
    for option in text.split(separator: ",") {
      let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
      switch parts.first {
      case "module" where parts.count == 2:
        module = parts[1]
        cModule = "C" + parts[1]
      case "import" where parts.count == 2 && parts[1].contains(":"):
        let pair = parts[1].split(separator: ":", maxSplits: 1).map(String.init)
        imports.append((prefix: pair[0], module: pair[1]))
      default:
        throw GeneratorError(
          "unknown option \"\(option)\"; known are module=NAME and import=PATH-PREFIX:MODULE")
      }
    }
    guard !module.isEmpty else {
      throw GeneratorError("say with --cabildo_opt=module=NAME which Swift module this is for")
    }
  }

  func module(ofImported file: String) throws(GeneratorError) -> String {
    if let found = imports.first(where: { file.hasPrefix($0.prefix) }) { return found.module }
    throw GeneratorError(
      "\(file) is imported but not generated: say with --cabildo_opt=import=\(file):MODULE"
        + " which module has it")
  }
}

/// Why nothing was generated: what is wrong, where, and what to use instead.
struct GeneratorError: Error {
  let text: String

  init(_ text: String) { self.text = text }
}
