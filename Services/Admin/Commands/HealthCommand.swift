import ArgumentParser
import Messages
import Protobuf
import RPC

struct HealthCommand: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "health", abstract: "Asks whether the server and its services serve.",
    discussion: """
      Without a service, lists them all; the one without a name is the server as a whole. Ends \
      with 7 when one does not serve.

      Examples:
      $ cabildo health
      $ cabildo health cabildo.membership.v1.MembershipService
      """)

  @Argument(help: "Full name of a service.")
  var service: String?

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func run(_ session: Session) async throws {
    var statuses: [String: GrpcHealthV1.HealthCheckResponse.ServingStatus] = [:]
    if let service {
      statuses[service] = try await session.health.check(.init(service: service), session.options)
        .status
    } else {
      let all = try await session.health.list(.init(), session.options)
      for (name, response) in all.statuses { statuses[name] = response.status }
    }
    let rows = statuses.sorted { $0.key < $1.key }
      .map { [$0.key.isEmpty ? "(server)" : $0.key, $0.value.text] }
    try PlainRows(titles: ["SERVICE", "STATUS"], rows: rows).write(global.output)
    if statuses.values.contains(where: { $0 != .serving }) { throw Ending(status: .unavailable) }
  }
}

extension GrpcHealthV1.HealthCheckResponse.ServingStatus {
  fileprivate var text: String { name ?? "\(number)" }
}
