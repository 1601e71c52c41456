import BenchMessages

/// The records that are served: made by one rule, the same in the server of every language, so that
/// a client can tell a right answer from a wrong one.
struct RecordTable: Sendable {
  static let count = 1000

  private let records: [String: BenchV1.Record]

  init() {
    let records = (0..<Self.count).map(Self.record)
    self.records = Dictionary(uniqueKeysWithValues: records.map { ($0.id, $0) })
  }

  subscript(id: String) -> BenchV1.Record? { records[id] }

  private static func record(_ index: Int) -> BenchV1.Record {
    let number = String(repeating: "0", count: 6 - "\(index)".count) + "\(index)"
    return BenchV1.Record(
      id: "records/\(number)",
      name: "Municipality of Benchmark \(number)",
      country: "ES",
      region: "Basque Autonomous Community",
      kind: "local government",
      website: "https://www.city-\(number).example.org/about",
      email: "international@city-\(number).example.org",
      description: "Holds its council in public, publishes its budget and its accounts, "
        + "and answers letters within ten days.",
      population: Int64(100_000 + index),
      founded: Int32(1300 + index % 700))
  }
}
