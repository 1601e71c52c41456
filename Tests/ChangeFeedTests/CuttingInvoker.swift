import Protobuf
import RPC
import Synchronization

/// Calls that break after as many messages as the test says.
final class CuttingInvoker: CallInvoker {
  private let invoker: any CallInvoker
  private let limit: @Sendable (_ call: Int) -> Int?
  private let calls = Atomic<Int>(0)
  private let cutCount = Atomic<Int>(0)

  init(_ invoker: any CallInvoker, after limit: @escaping @Sendable (_ call: Int) -> Int?) {
    self.invoker = invoker
    self.limit = limit
  }

  /// While broken, all calls are: those that are open, and those that are made.
  func setBroken(_ isBroken: Bool) {
    let streams = state.withLock { state in
      state.isBroken = isBroken
      defer { if isBroken { state.streams = [] } }
      return isBroken ? state.streams : []
    }
    for stream in streams { stream.cut() }
  }

  private struct State {
    var isBroken = false
    var streams: [CutStream] = []
  }

  private let state = Mutex(State())

  var cuts: Int { cutCount.load(ordering: .sequentiallyConsistent) }

  func open(_ request: ClientRequest) async throws -> any ClientStream {
    let call = calls.add(1, ordering: .sequentiallyConsistent).newValue
    let stream = try await invoker.open(request)
    let cut = CutStream(stream, limit(call) ?? .max) {
      self.cutCount.add(1, ordering: .sequentiallyConsistent)
    }
    return try state.withLock { state in
      guard !state.isBroken else { throw CutStream.error }
      state.streams.append(cut)
      return cut
    }
  }
}

private final class CutStream: ClientStream {
  private let stream: any ClientStream
  private let left: Mutex<Int>
  private let isCut = Atomic(false)
  private let onCut: @Sendable () -> Void

  init(_ stream: any ClientStream, _ limit: Int, onCut: @escaping @Sendable () -> Void) {
    self.stream = stream
    left = Mutex(limit)
    self.onCut = onCut
  }

  func nextMessage() async throws -> [UInt8]? {
    let mayGoOn = left.withLock { left in
      left -= 1
      return left >= 0
    }
    guard mayGoOn else {
      stream.cancel()
      onCut()
      throw Self.error
    }
    do {
      return try await stream.nextMessage()
    } catch {
      throw isCut.load(ordering: .relaxed) ? Self.error : error
    }
  }

  static let error = RPCError(.unavailable, "the test cut the connection")

  func cut() {
    isCut.store(true, ordering: .relaxed)
    stream.cancel()
  }

  func send(_ message: MessageFrame, compress: Bool) async throws {
    try await stream.send(message, compress: compress)
  }

  func finishSending() async throws { try await stream.finishSending() }
  var lastMessageWasCompressed: Bool { stream.lastMessageWasCompressed }
  func initialMetadata() async throws -> Metadata { try await stream.initialMetadata() }
  var trailingMetadata: Metadata { stream.trailingMetadata }
  func cancel() { stream.cancel() }
}
