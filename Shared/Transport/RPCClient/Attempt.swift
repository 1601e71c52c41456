internal import HTTP2
internal import RPC

/// One attempt at a call: its stream on one connection. Lives on the connection's loop.
final class Attempt {
  let call: OutgoingCall
  let number: Int
  let stream: StreamID
  var response: ResponseState
  var deframer: MessageDeframer
  /// What this read cycle brought and the call has not seen yet.
  var delivery = Delivery()
  /// Bytes whose window is not open again.
  var unconsumedBytes = 0
  /// Every message and the end are with the session.
  var isSent = false
  /// The call has heard how the attempt ended: what still comes is dropped.
  var isSettled = false
  /// How the stream is ended if it outlives the answer.
  var resetCode = HTTP2ErrorCode.noError
  private(set) var messages = 0

  init(_ call: OutgoingCall, number: Int, _ stream: StreamID, limits: HTTP2Limits) {
    self.call = call
    self.number = number
    self.stream = stream
    response = ResponseState(limits: limits)
    deframer = MessageDeframer(
      maxMessageBytes: call.settings.maxReceiveBytes, side: .clientReceive)
  }

  /// How the attempt ends by what arrived.
  enum Outcome {
    case succeeded(Metadata)
    case failed(RPCError, RetryPushback?)
    /// Failed, and the stream is to be reset since the server may go on.
    case broken(RPCError)
  }

  func receive(_ block: HeaderBlock, _ kind: HeadersKind, endsStream: Bool) -> Outcome? {
    switch response.headers(block, kind, endsStream: endsStream) {
    case .nothing: return nil
    case .started(let metadata):
      delivery.head = metadata
      delivery.encoding = response.encoding
      return nil
    case .ended(nil, let trailing): return endedWell(trailing)
    case .ended(let error?, let trailing):
      return .failed(error, trailing[RetryPushback.headerName].map { RetryPushback($0) })
    case .broken(let error): return .broken(error)
    }
  }

  func receive(_ bytes: Span<UInt8>) -> Outcome? {
    guard response.hasStarted else {
      return .broken(.malformedResponse(.internal, "a body came before the headers"))
    }
    do throws(RPCError) {
      var arrived: [InboundMessage] = []
      try deframer.receive(bytes) { arrived.append($0) }
      messages += arrived.count
      delivery.messages.append(contentsOf: arrived)
    } catch {
      return .broken(error)
    }
    return messages > 1 && answersOnce ? .broken(.secondResponseMessage) : nil
  }

  private var answersOnce: Bool { call.kind == .unary || call.kind == .clientStreaming }

  private func endedWell(_ trailing: Metadata) -> Outcome {
    if deframer.isMidMessage {
      return .failed(.malformedResponse(.internal, "the last message is cut short"), nil)
    }
    if messages == 0, answersOnce { return .failed(.noResponseMessage, nil) }
    return .succeeded(trailing)
  }
}
