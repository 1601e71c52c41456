package import Foundation

/// A file system of a few megabytes that one program alone sees, in a mount namespace of its own,
/// and that ends with it.
package final class SmallDisk: Sendable {
  private let folder: TemporaryFolder
  private let megabytes: Int

  package init(megabytes: Int) throws {
    folder = try TemporaryFolder()
    self.megabytes = megabytes
  }

  /// Where the program finds it.
  package var path: String { folder.url.path }

  /// What to run so that the program runs there: itself, the disk mounted.
  package func command(_ program: URL, _ arguments: [String]) -> (program: URL, arguments: [String])
  {
    let mount = "mount -t tmpfs -o size=\(megabytes)m tmpfs \"$0\" && exec \"$@\""
    // Who is not root is root of a namespace of their own.
    let rights = geteuid() == 0 ? [] : ["--map-root-user"]
    return (
      URL(filePath: "/usr/bin/unshare"),
      rights + ["--mount", "/bin/sh", "-c", mount, path, program.path] + arguments
    )
  }

  /// Leaves no byte free.
  package func fill(of program: Program) throws {
    guard FileManager.default.createFile(atPath: filler(program), contents: nil),
      let file = FileHandle(forWritingAtPath: filler(program))
    else { throw CocoaError(.fileWriteUnknown) }
    defer { try? file.close() }
    for size in [65_536, 4_096, 1] {
      while (try? file.write(contentsOf: Data(count: size))) != nil {}
    }
  }

  package func makeRoom(of program: Program) throws {
    try FileManager.default.removeItem(atPath: filler(program))
  }

  /// Seen through the program, in whose namespace alone the disk is.
  private func filler(_ program: Program) -> String {
    "/proc/\(program.processID)/root\(path)/filler"
  }
}
