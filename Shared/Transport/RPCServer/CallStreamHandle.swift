internal import NIOCore
internal import RPC
internal import Sockets

/// A handler's way to its call from wherever it runs: straight on the loop, by a hop elsewhere.
/// A class: a value would be boxed anew wherever it is handed on as `any ServerStream`.
final class CallStreamHandle: ServerStream {
  private let call: NIOLoopBound<ServerCallStream>
  private let executor: LoopExecutor
  private let drainSignal: DrainSignal

  init(_ call: ServerCallStream, _ connection: ServerConnection) {
    executor = connection.executor
    self.call = NIOLoopBound(call, eventLoop: executor.loop)
    drainSignal = connection.drainSignal
  }

  func nextMessage() async throws -> [UInt8]? {
    try await next { call, message in try call.inflated(message) }
  }

  func nextInbound() async throws -> InboundMessage? {
    try await next { _, message in message }
  }

  func takeInbound() throws -> Arrival {
    executor.loop.inEventLoop ? try call.value.takeArrival() : .nothingYet
  }

  func takeSole() throws -> [UInt8]? {
    executor.loop.inEventLoop ? try call.value.takeSole() : nil
  }

  /// What is there already is taken on the spot. Who has to wait does so with the loop's executor:
  /// being on the loop's thread does not mean coming back to it.
  private func next<Form: Sendable>(
    _ form: @Sendable (ServerCallStream, InboundMessage) throws -> Form
  ) async throws -> Form? {
    if executor.loop.inEventLoop {
      switch try call.value.takeArrival() {
      case .message(let message, _): return try form(call.value, message)
      case .end: return nil
      case .nothingYet: break
      }
    }
    return try await withTaskExecutorPreference(executor) {
      while true {
        switch try call.value.takeArrival() {
        case .message(let message, _): return try form(call.value, message)
        case .end: return nil
        case .nothingYet: try await call.value.arrival()
        }
      }
    }
  }

  var lastMessageWasCompressed: Bool {
    get async {
      if executor.loop.inEventLoop { return call.value.lastMessageWasCompressed }
      return await withTaskExecutorPreference(executor) { call.value.lastMessageWasCompressed }
    }
  }

  func send(_ message: MessageFrame) async throws {
    if executor.loop.inEventLoop {
      try call.value.write(message)
      if call.value.hasRoom { return }
      return try await withTaskExecutorPreference(executor) { try await call.value.room() }
    }
    try await withTaskExecutorPreference(executor) {
      try call.value.write(message)
      try await call.value.room()
    }
  }

  func sendNow(_ message: MessageFrame) throws -> Bool {
    guard executor.loop.inEventLoop else { return false }
    try call.value.write(message)
    return true
  }

  func setInitialMetadata(_ metadata: Metadata) {
    onLoop { $0.setInitialMetadata(metadata) }
  }

  func sendInitialMetadata() async throws {
    if executor.loop.inEventLoop { return try call.value.writeHeaders() }
    try await withTaskExecutorPreference(executor) { try call.value.writeHeaders() }
  }

  func setTrailingMetadata(_ metadata: Metadata) {
    onLoop { $0.setTrailingMetadata(metadata) }
  }

  func setCompression(_ isOn: Bool) { onLoop { $0.setCompression(isOn) } }

  var isDraining: Bool { drainSignal.isRaised }
  func draining() async throws { try await drainSignal.wait() }

  private func onLoop(_ change: @escaping @Sendable (ServerCallStream) -> Void) {
    if executor.loop.inEventLoop {
      change(call.value)
    } else {
      executor.loop.execute { [call] in change(call.value) }
    }
  }
}
