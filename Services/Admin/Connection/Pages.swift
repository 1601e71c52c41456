import ArgumentParser
import Protobuf

/// How much of a list is wanted.
struct PageOptions: ParsableArguments {
  static let pageSizeMaximum = 1_000

  @Option(help: "At most so many records; without it all.")
  var limit: Int?

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit is 1 or more") }
  }
}

extension Session {
  /// Writes a list page by page, so that its length costs no memory.
  func writePages<Record: Message>(
    _ options: PageOptions, _ columns: [Column<Record>],
    _ page: (_ size: Int32, _ token: String) async throws -> ([Record], String)
  ) async throws {
    var writer = RecordWriter(global.output, columns)
    var left = options.limit ?? .max
    var token = ""
    repeat {
      let size = Int32(min(left, PageOptions.pageSizeMaximum))
      let (records, next) = try await page(size, token)
      try writer.write(Array(records.prefix(left)))
      left -= min(left, records.count)
      // A server that goes in circles is not followed.
      guard next != token else { break }
      token = next
    } while !token.isEmpty && left > 0
    try writer.finish()
  }
}
