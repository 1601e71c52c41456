internal import Foundation

/// What was built, and from what.
package enum Build {
  package static let version = "0.1.0"

  /// The file beside the executables that says which commit they were built from. `compose/up`
  /// writes it after each build; of an executable that is newer than the file nothing is known.
  package static let commitFile = "CABILDO_COMMIT"

  /// `unknown` where nobody wrote it down.
  package static let commit = commit(of: URL(filePath: "/proc/self/exe").resolvingSymlinksInPath())

  static func commit(of executable: URL) -> String {
    let file = executable.deletingLastPathComponent().appending(path: commitFile)
    guard let built = modified(executable), let noted = modified(file), built <= noted,
      let text = try? String(contentsOf: file, encoding: .utf8),
      let commit = text.wholeMatch(of: #/([0-9a-f]{7,64}(-dirty)?)\s*/#)?.output.1
    else { return "unknown" }
    return String(commit)
  }

  private static func modified(_ file: URL) -> Date? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
    return attributes?[.modificationDate] as? Date
  }
}
