import HTTP2
import Protobuf
import RPC
import RPCServer
import Testing

/// The table "Limits and defaults" of `Protos/README.md` against the code.
@Suite struct LimitsTests {
  struct Limit: CustomTestStringConvertible {
    let name: String
    let value: String
    var testDescription: String { name }
  }

  /// Every stored property of the server's settings that bounds something, and its default.
  static let limits: [Limit] = {
    let configuration = ServerConfiguration()
    let values: [Any] = [
      configuration, configuration.http2, configuration.decoding, configuration.lifetime,
    ]
    return values.flatMap { Mirror(reflecting: $0).children }.compactMap { child in
      guard let name = child.label, let value = text(of: child.value) else { return nil }
      return Limit(name: name, value: value)
    }
  }()

  private static func text(of value: Any) -> String? {
    switch value {
    case let number as Int: grouped(number)
    case let time as Duration: "\(grouped(Int(time.components.seconds))) s"
    default: nil
    }
  }

  private static func grouped(_ number: Int) -> String {
    let digits = String(number)
    let groups = stride(from: digits.count, to: 0, by: -3).map { end in
      digits.dropLast(digits.count - end).suffix(3)
    }
    return groups.reversed().joined(separator: ",")
  }

  @Test("Every limit is written down as it is", arguments: limits)
  func isWrittenDown(limit: Limit) throws {
    let row = "| `\(limit.name)` | \(limit.value) |"
    #expect(try ProtocolDocument.contains(row), "\(row) is not in \(ProtocolDocument.path)")
  }

  @Test("What is taken for a flood is written down as it is", arguments: FloodGuard.Act.allCases)
  func floods(act: FloodGuard.Act) throws {
    let allowance = HTTP2Limits().allowances[act]
    func text(_ number: Int) -> String { number == 0 ? "–" : Self.grouped(number) }
    let cells = [
      "`\(act.name)`", text(allowance.burst), text(allowance.perSecond), text(allowance.perStream),
      text(allowance.perDataFrame),
    ]
    let row = "| \(cells.joined(separator: " | ")) |"
    #expect(try ProtocolDocument.contains(row), "\(row) is not in \(ProtocolDocument.path)")
  }

  @Test("There are limits to write down") func areFound() { #expect(Self.limits.count >= 20) }

  @Test("The longest message of a status")
  func statusMessage() throws {
    let row =
      "| `ResponseHeaders.maxMessageBytes` | \(Self.grouped(ResponseHeaders.maxMessageBytes)) |"
    #expect(try ProtocolDocument.contains(row))
  }
}
