import ArgumentParser
import DynamicMessages
import RPC

struct DescribeCommand: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe", abstract: "Tells what a server can be called with.",
    discussion: """
      Without a symbol, lists the methods of all services. A service, method, message or enum is \
      shown as its .proto declares it, with its comments if the server keeps them. What is shown \
      was learned from the server by reflection.

      Examples:
      $ cabildo describe
      $ cabildo describe grpc.health.v1.Health
      $ cabildo describe grpc.health.v1.HealthCheckResponse
      $ cabildo describe grpc.health.v1.Health/Check -o json
      """)

  @Argument(help: "Full name of a service, method, message or enum.")
  var symbol: String?

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func run(_ session: Session) async throws {
    let reflection = try await Reflection(session)
    var pool = DescriptorPool()
    guard let symbol else { return try await list(reflection, &pool) }
    let name = String(symbol.drop { $0 == "/" || $0 == "." }.map { $0 == "/" ? "." : $0 })
    try await reflection.learn(name, into: &pool)
    guard let text = ProtoText(pool).declaration(of: name) else {
      throw RPCError(.notFound, "\(symbol) is no service, method, message or enum")
    }
    switch global.output ?? .table {
    case .table:
      // Comments are anybody's words.
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        try Terminal.writeLine(DisplayWidth.harmless(String(line)))
      }
    case .json, .jsonl, .csv: try rows(of: name, pool).write(global.output)
    }
  }

  private func list(_ reflection: Reflection, _ pool: inout DescriptorPool) async throws {
    var rows: [[String]] = []
    for name in reflection.services {
      try await reflection.learn(name, into: &pool)
      rows += (pool.service(name)?.methods ?? []).map { Self.row(name, $0) }
    }
    try PlainRows(titles: Self.methodTitles, rows: rows).write(global.output)
  }

  private static let methodTitles = ["METHOD", "REQUEST", "RESPONSE"]

  private static func row(_ service: String, _ method: ServiceType.Method) -> [String] {
    [
      "\(service)/\(method.name)", (method.streamsInput ? "stream " : "") + method.input,
      (method.streamsOutput ? "stream " : "") + method.output,
    ]
  }

  /// In one line.
  private static func comment(on name: String, _ pool: DescriptorPool) -> String {
    (pool.comment(on: name) ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// The parts of what was asked about, for programs.
  private func rows(of name: String, _ pool: DescriptorPool) -> PlainRows {
    if let type = pool.message(name) {
      let text = ProtoText(pool)
      return PlainRows(
        titles: ["FIELD", "TYPE", "NUMBER", "ONEOF", "COMMENT"],
        rows: type.fields.map {
          [
            $0.name, text.type(of: $0), "\($0.number)", $0.oneof.map { type.oneofs[$0] } ?? "",
            Self.comment(on: "\(name).\($0.name)", pool),
          ]
        })
    }
    if let type = pool.enumeration(name) {
      return PlainRows(
        titles: ["VALUE", "NUMBER", "COMMENT"],
        rows: type.values.map {
          [$0.name, "\($0.number)", Self.comment(on: "\(name).\($0.name)", pool)]
        })
    }
    let parts = name.split(separator: ".")
    let service = pool.service(name) ?? pool.service(parts.dropLast().joined(separator: "."))
    let methods = service?.methods.filter { service?.name == name || $0.name == parts.last ?? "" }
    return PlainRows(
      titles: Self.methodTitles,
      rows: (methods ?? []).map { Self.row(service?.name ?? "", $0) })
  }
}
