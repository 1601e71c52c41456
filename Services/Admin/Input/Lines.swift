import Dispatch
import Foundation
import Synchronization

/// The lines of a file or of standard input, read as they are wanted and no sooner.
///
/// Reading waits on a thread of its own, so that Ctrl-C is not kept waiting by a silent terminal.
final class Lines: Sendable {
  private static let blockBytes = 64 * 1024
  /// A message may not be larger either.
  static let lineBytesMaximum = 8 << 20

  private let queue = DispatchQueue(label: "cabildo.lines")
  private let state: Mutex<State>
  private let waiting = Mutex<CheckedContinuation<[UInt8]?, any Error>?>(nil)

  private struct State {
    let handle: FileHandle
    var rest: [UInt8] = []
    var searched = 0
    var isAtEnd = false
  }

  init(_ handle: FileHandle) {
    state = Mutex(State(handle: handle))
  }

  /// The next line without its end; nil after the last.
  func next() async throws -> [UInt8]? {
    try Task.checkCancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        waiting.withLock { $0 = continuation }
        if Task.isCancelled { resume(.failure(CancellationError())) }
        queue.async { self.resume(Result { try self.read() }) }
      }
    } onCancel: {
      resume(.failure(CancellationError()))
    }
  }

  private func resume(_ result: Result<[UInt8]?, any Error>) {
    waiting.withLock { waiting in
      waiting?.resume(with: result)
      waiting = nil
    }
  }

  /// What is there, without waiting for more; empty at the end.
  private static func block(_ handle: FileHandle) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: blockBytes)
    let count = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe Foundation.read(handle.fileDescriptor, buffer.baseAddress, buffer.count)
    }
    guard count >= 0 else { throw UsageError("the input cannot be read", advice: nil) }
    return Array(bytes.prefix(count))
  }

  private func read() throws -> [UInt8]? {
    try state.withLock { state in
      while true {
        if let end = state.rest[state.searched...].firstIndex(of: UInt8(ascii: "\n")) {
          var line = Array(state.rest[..<end])
          state.rest.removeSubrange(...end)
          state.searched = 0
          if line.last == UInt8(ascii: "\r") { line.removeLast() }
          return line
        }
        state.searched = state.rest.count
        guard !state.isAtEnd else {
          guard !state.rest.isEmpty else { return nil }
          defer {
            state.rest = []
            state.searched = 0
          }
          return state.rest
        }
        guard state.rest.count <= Self.lineBytesMaximum else {
          throw UsageError("a line has more than \(Self.lineBytesMaximum) bytes", advice: nil)
        }
        let block = try Self.block(state.handle)
        state.isAtEnd = block.isEmpty
        state.rest += block
      }
    }
  }
}
