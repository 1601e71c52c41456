/// Why the bytes of a file's descriptor are of no use.
package struct DescriptorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// As the bytes name it; empty when they cannot be read that far.
  package let file: String
  package let problem: String

  package var description: String {
    file.isEmpty ? "no file descriptor: \(problem)" : "\(file): \(problem)"
  }
}
