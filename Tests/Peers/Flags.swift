internal import Foundation

/// Flags of a program as gRPC's interop programs take them: `--name=value`, or `--name value`.
package struct Flags: Sendable {
  package struct Unusable: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
  }

  private var values: [String: String] = [:]

  /// Throws when there is a flag that is not among `known`.
  package init(_ arguments: [String], known: [String]) throws(Unusable) {
    var rest = arguments[...]
    while let flag = rest.popFirst() {
      guard flag.hasPrefix("--") else { throw Unusable(description: "\(flag) is no flag") }
      let parts = flag.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard known.contains(name) else { throw Unusable(description: "no flag is called --\(name)") }
      if let value = parts.dropFirst().first {
        values[name] = String(value)
      } else if let value = rest.first, !value.hasPrefix("--") {
        values[name] = value
        rest = rest.dropFirst()
      } else {
        values[name] = "true"
      }
    }
  }

  /// The flags this program was started with. `--help` lists them; a wrong one ends the program.
  package static func given(known: [String]) -> Flags {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.contains("--help") {
      print("Flags: \(known.map { "--\($0)=..." }.joined(separator: " "))")
      exit(0)
    }
    do throws(Unusable) {
      return try Flags(arguments, known: known)
    } catch {
      end(with: error, code: 2)
    }
  }

  /// Ends the program with an error in one line.
  package static func end(with error: any Error, code: Int32 = 1) -> Never {
    let program = CommandLine.arguments[0].split(separator: "/").last ?? ""
    FileHandle.standardError.write(Data("\(program): \(error)\n".utf8))
    exit(code)
  }

  package func text(_ name: String, _ fallback: String) -> String { values[name] ?? fallback }

  package func number(_ name: String, _ fallback: Int) throws(Unusable) -> Int {
    guard let value = values[name] else { return fallback }
    guard let number = Int(value) else {
      throw Unusable(description: "--\(name)=\(value) is no number")
    }
    return number
  }

  /// A flag that stands alone is on.
  package func isOn(_ name: String) throws(Unusable) -> Bool {
    switch values[name] {
    case "true": true
    case nil, "false": false
    case let value?: throw Unusable(description: "--\(name)=\(value) is neither true nor false")
    }
  }
}
