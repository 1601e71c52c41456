// The Records service on grpc-swift-2: `bench-grpc-swift PORT`.

import GRPCCore
import GRPCNIOTransportHTTP2
import GRPCProtobuf

struct RecordsService: Bench_V1_Records.SimpleServiceProtocol {
  private let table: [String: Bench_V1_Record]

  init() {
    let records = (0..<1000).map(Self.record)
    table = Dictionary(uniqueKeysWithValues: records.map { ($0.id, $0) })
  }

  private static func record(_ index: Int) -> Bench_V1_Record {
    let number = String(repeating: "0", count: 6 - "\(index)".count) + "\(index)"
    return Bench_V1_Record.with {
      $0.id = "records/\(number)"
      $0.name = "Municipality of Benchmark \(number)"
      $0.country = "ES"
      $0.region = "Basque Autonomous Community"
      $0.kind = "local government"
      $0.website = "https://www.city-\(number).example.org/about"
      $0.email = "international@city-\(number).example.org"
      $0.description_p =
        "Holds its council in public, publishes its budget and its accounts, "
        + "and answers letters within ten days."
      $0.population = Int64(100_000 + index)
      $0.founded = Int32(1300 + index % 700)
    }
  }

  private func find(_ id: String) throws -> Bench_V1_Record {
    guard var record = table[id] else {
      throw RPCError(code: .notFound, message: "there is no \(id)")
    }
    record.id = id
    return record
  }

  func get(request: Bench_V1_GetRequest, context: ServerContext) async throws -> Bench_V1_Record {
    try find(request.id)
  }

  func stream(
    request: Bench_V1_StreamRequest, response: RPCWriter<Bench_V1_Record>, context: ServerContext
  ) async throws {
    for _ in 0..<request.count { try await response.write(try find(request.id)) }
  }

  func exchange(
    request: RPCAsyncSequence<Bench_V1_GetRequest, any Error>,
    response: RPCWriter<Bench_V1_Record>, context: ServerContext
  ) async throws {
    for try await asked in request { try await response.write(try find(asked.id)) }
  }
}

let server = GRPCServer(
  transport: .http2NIOPosix(
    address: .ipv4(host: "127.0.0.1", port: Int(CommandLine.arguments[1]) ?? 0),
    transportSecurity: .plaintext, eventLoopGroup: .singletonMultiThreadedEventLoopGroup),
  services: [RecordsService()])
try await server.serve()
