internal import Protobuf
internal import RPC
internal import Synchronization

/// A call as its caller holds it: when it is let go, the call is cancelled.
final class CallHandle: ClientStream {
  private let call: OutgoingCall
  private let held: HeldCalls

  init(_ call: OutgoingCall, _ held: HeldCalls) {
    self.call = call
    self.held = held
    held.count.wrappingAdd(1, ordering: .relaxed)
  }

  deinit {
    call.letGo()
    held.count.wrappingSubtract(1, ordering: .relaxed)
  }

  func send(_ message: MessageFrame, compress: Bool) async throws {
    try await call.send(message, compress: compress)
  }
  func finishSending() async throws { try call.finishSending() }
  func nextMessage() async throws -> [UInt8]? { try await call.nextMessage() }
  func nextInbound() async throws -> InboundMessage? { try await call.nextInbound() }
  func soleMessage() async throws -> [UInt8] { try await call.soleMessage() }
  func initialMetadata() async throws -> Metadata { try await call.initialMetadata() }
  var lastMessageWasCompressed: Bool { call.lastMessageWasCompressed }
  var trailingMetadata: Metadata { call.trailingMetadata }
  var decodingLimits: DecodingLimits {
    DecodingLimits(bytes: call.settings.maxReceiveBytes)
  }
  func cancel() { call.cancel() }
}

/// How many calls of a channel somebody holds.
final class HeldCalls: Sendable {
  let count = Atomic(0)
}
