internal import Glibc

/// Folders, as the system has them.
enum Folder {
  static func holding(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes a folder and those above it; what is new is on disk when this returns.
  static func make(_ path: String) throws(StorageError) {
    guard !contains(path) else { return }
    try make(holding(path))
    guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw .ioFailed("\(path): \(lastError)")
    }
    let above = unsafe open(holding(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { Glibc.close(above) }
    guard fsync(above) == 0 else { throw .ioFailed("\(path): \(lastError)") }
  }

  static func contains(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  static func makeTemporary() throws(StorageError) -> String {
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = (parent + "/cabildo-store-XXXXXX").utf8CString
    let made = unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) }
    guard let made = unsafe made else { throw .ioFailed("\(parent): \(lastError)") }
    return unsafe String(cString: made)
  }

  /// Removes a folder of plain files.
  static func remove(_ path: String) {
    guard let folder = unsafe opendir(path) else { return }
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
      }
      unsafe unlink(path + "/" + name)
    }
    unsafe closedir(folder)
    unsafe rmdir(path)
  }

  static var lastError: String { unsafe String(cString: strerror(errno)) }
}
