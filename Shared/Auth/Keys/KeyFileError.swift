/// Why a file of keys is of no use.
package enum KeyFileError: Error, Hashable, CustomStringConvertible {
  case unreadable(String)
  case exists(String)
  case notWritten(String, why: String)
  /// Others than its owner may read it.
  case exposed(String)
  case unusable(String, why: String)

  package var description: String {
    switch self {
    case .unreadable(let path): "cannot read the keys in \(path)"
    case .exists(let path): "\(path) exists already and is not overwritten"
    case .notWritten(let path, let why): "cannot write \(path): \(why)"
    case .exposed(let path): "others may read the signing key \(path): chmod 600 \(path)"
    case .unusable(let path, let why): "\(path): \(why)"
    }
  }
}
