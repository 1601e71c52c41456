import HTTP2
import Protobuf
import RPC
import Synchronization

/// Tells each call on standard error: what went out and what came back, without the token.
struct ShownCalls: ClientInterceptor {
  let server: String

  func intercept(
    _ request: ClientRequest, next: (ClientRequest) async throws -> any ClientStream
  ) async throws -> any ClientStream {
    let start = ContinuousClock.now
    Terminal.tell("> \(request.method) to \(server)")
    Self.tell(request.options.metadata, ">")
    do {
      return ShownStream(try await next(request), since: start)
    } catch {
      Terminal.tell("< \(Self.outcome(error)) in \(Self.elapsed(since: start))")
      throw error
    }
  }

  static func tell(_ metadata: Metadata, _ mark: String) {
    for line in metadata.description.split(separator: "\n") {
      let isSecret = line.hasPrefix("authorization:")
      Terminal.tell("\(mark)   \(isSecret ? "authorization: (not shown)" : String(line))")
    }
  }

  static func outcome(_ error: any Error) -> String {
    guard let error = error as? RPCError else { return "CANCELLED" }
    return "\(error.code.name): \(error.message)"
  }

  static func elapsed(since start: ContinuousClock.Instant) -> String {
    let microseconds = (ContinuousClock.now - start) / .microseconds(1)
    let tenths = Int((microseconds / 100).rounded())
    return "\(tenths / 10).\(tenths % 10) ms"
  }
}

/// A call's stream that tells its end.
private final class ShownStream: ClientStream {
  private let stream: any ClientStream
  private let start: ContinuousClock.Instant
  private let received = Mutex(0)

  init(_ stream: any ClientStream, since start: ContinuousClock.Instant) {
    self.stream = stream
    self.start = start
  }

  var lastMessageWasCompressed: Bool { stream.lastMessageWasCompressed }
  var trailingMetadata: Metadata { stream.trailingMetadata }
  var decodingLimits: DecodingLimits { stream.decodingLimits }

  func send(_ message: MessageFrame, compress: Bool) async throws {
    try await stream.send(message, compress: compress)
  }
  func finishSending() async throws { try await stream.finishSending() }
  func initialMetadata() async throws -> Metadata { try await stream.initialMetadata() }
  func cancel() { stream.cancel() }

  func nextMessage() async throws -> [UInt8]? {
    do {
      let message = try await stream.nextMessage()
      if message != nil { received.withLock { $0 += 1 } } else { tellEnd("OK") }
      return message
    } catch {
      tellEnd(ShownCalls.outcome(error))
      throw error
    }
  }

  private func tellEnd(_ outcome: String) {
    let count = received.withLock { $0 }
    let messages = count == 1 ? "1 message" : "\(count) messages"
    Terminal.tell("< \(outcome) in \(ShownCalls.elapsed(since: start)), \(messages)")
    ShownCalls.tell(stream.trailingMetadata, "<")
  }
}
