import Foundation
import Protobuf

/// The messages of a call as a person gives them: JSON, `@file` or `@-` for standard input.
struct CallData {
  private enum Origin {
    case text(String)
    case lines(Lines)
    case nothing
  }

  private var origin: Origin

  init(_ argument: String?) throws {
    guard let argument else {
      origin = .nothing
      return
    }
    guard argument.hasPrefix("@") else {
      origin = .text(argument)
      return
    }
    let path = String(argument.dropFirst())
    guard path != "-" else {
      origin = .lines(Lines(.standardInput))
      return
    }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw UsageError("the file \(path) cannot be read", advice: nil)
    }
    origin = .lines(Lines(handle))
  }

  /// All of it as one message; nothing given is the empty message.
  func one() async throws -> JSONValue {
    switch origin {
    case .nothing: return .object([])
    case .text(let text): return try Self.parse(Array(text.utf8))
    case .lines(let lines):
      var text: [UInt8] = []
      while let line = try await lines.next() {
        text += line + [UInt8(ascii: "\n")]
        guard text.count <= Lines.lineBytesMaximum else {
          throw UsageError("the message has more than \(Lines.lineBytesMaximum) bytes", advice: nil)
        }
      }
      return try Self.parse(text)
    }
  }

  /// A message of each line; empty lines count for nothing. Text that is one message as a whole
  /// may have several.
  func eachMessage(_ body: (JSONValue) async throws -> Void) async throws {
    switch origin {
    case .nothing: break
    case .text(let text):
      if let whole = try? Self.parse(Array(text.utf8)) { return try await body(whole) }
      var number = 0
      for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        number += 1
        try await Self.take(Array(line), number, body)
      }
    case .lines(let lines):
      var number = 0
      while let line = try await lines.next() {
        number += 1
        try await Self.take(line, number, body)
      }
    }
  }

  private static func take(
    _ line: [UInt8], _ number: Int, _ body: (JSONValue) async throws -> Void
  ) async throws {
    guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }) else { return }
    do {
      try await body(try parse(line))
    } catch let error as JSONError { throw error.within("line \(number)") }
  }

  private static func parse(_ text: [UInt8]) throws(JSONError) -> JSONValue {
    var parser = JSONParser(JSONLimits(bytes: Lines.lineBytesMaximum))
    return try parser.parse(text.span)
  }
}
