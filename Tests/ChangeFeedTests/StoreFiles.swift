import Foundation
import Storage

/// A place for a store, removed at the end of the test.
func withStoreFile<Result>(_ body: (_ path: String) async throws -> Result) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "feed-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder.appending(path: "store.db").path)
}
