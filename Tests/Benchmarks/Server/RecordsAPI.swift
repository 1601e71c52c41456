import BenchMessages
import RPC

/// Serves `bench.v1.Records`: looks a record up and has it encoded, every time anew.
struct RecordsAPI: BenchV1.Records {
  private let table = RecordTable()

  func get(_ request: BenchV1.GetRequest, _ context: CallContext) async throws -> BenchV1.Record {
    try record(request.id)
  }

  func stream(
    _ request: BenchV1.StreamRequest, _ responses: ResponseWriter<BenchV1.Record>,
    _ context: CallContext
  ) async throws {
    for _ in 0..<request.count { try await responses.send(try record(request.id)) }
  }

  func exchange(
    _ requests: RequestStream<BenchV1.GetRequest>, _ responses: ResponseWriter<BenchV1.Record>,
    _ context: CallContext
  ) async throws {
    for try await request in requests { try await responses.send(try record(request.id)) }
  }

  private func record(_ id: String) throws(RPCError) -> BenchV1.Record {
    guard var record = table[id] else { throw RPCError(.notFound, "there is no \(id)") }
    record.id = id
    return record
  }
}
