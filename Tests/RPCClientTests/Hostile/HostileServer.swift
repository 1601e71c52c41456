import Peers
import Synchronization

/// A server that says on every connection what a test wrote down, byte for byte, right or wrong.
///
/// A client's first stream is 1, and one call is made on a connection: scripts name it so.
final class HostileServer: Sendable {
  enum Step: Sendable {
    /// Waits until the headers of a request have come, or until its messages have ended.
    case hears, hearsAll
    case says([Frame])
    case raw([UInt8])
    /// Says it again and again, for as long as the client takes it. Reads meanwhile, or does not.
    case floods([Frame], reading: Bool = true)
    case pauses(Duration)
    /// Ends its half of the connection.
    case finishes
    case closes
    /// Closes as a crashed machine would.
    case vanishes
    /// Reads nothing more until the client has given up.
    case isDeaf
  }

  private struct State {
    var opened = 0
    var closed = 0
    var floodBytes = 0
  }

  /// No connection is served longer.
  private static let patience = Duration.seconds(20)
  private static let connectionsAtOnce = 4

  let port: UInt16
  private let listener: TCPListener
  private let state = Mutex(State())

  init(_ steps: [Step], port: UInt16 = 0) throws {
    listener = try TCPListener(port: port)
    self.port = listener.port
    for _ in 0..<Self.connectionsAtOnce { Task { try await onThread { self.serve(steps) } } }
  }

  var target: String { "127.0.0.1:\(port)" }
  var connectionCount: Int { state.withLock { $0.opened } }
  /// Connections that neither side has closed.
  var openConnections: Int { state.withLock { $0.opened - $0.closed } }
  /// Bytes of floods that were taken.
  var floodBytes: Int { state.withLock { $0.floodBytes } }

  func stop() { listener.stop() }

  private func serve(_ steps: [Step]) {
    while let socket = listener.accept(until: .now + Self.patience) {
      state.withLock { $0.opened += 1 }
      let flood = Visitor(socket, until: .now + Self.patience).play(steps)
      state.withLock {
        $0.closed += 1
        $0.floodBytes += flood
      }
    }
  }
}

/// One connection of a client.
private final class Visitor {
  private var socket: TCPSocket?
  private let deadline: ContinuousClock.Instant
  private var unread: ArraySlice<UInt8> = []
  private var heardPreface = false
  private var heard: [Frame] = []
  private var flood = 0

  init(_ socket: TCPSocket, until deadline: ContinuousClock.Instant) {
    self.socket = socket
    self.deadline = deadline
  }

  /// Plays all steps, then reads until the client hangs up. Returns how much of a flood was taken.
  func play(_ steps: [HostileServer.Step]) -> Int {
    do {
      for step in steps { try perform(step) }
      while try read() {}
    } catch {}
    socket = nil
    return flood
  }

  private func perform(_ step: HostileServer.Step) throws {
    switch step {
    case .hears: try hear { $0.kind == .headers }
    case .hearsAll:
      try hear { $0.flags.contains(.endStream) && ($0.kind == .data || $0.kind == .headers) }
    case .says(let frames): try write(frames.flatMap(\.bytes))
    case .raw(let bytes): try write(bytes)
    case .floods(let frames, let reading): try floods(frames, reading)
    case .pauses(let time): try listen(for: time)
    case .finishes: socket?.finishWriting()
    case .closes: socket = nil
    case .vanishes:
      socket?.resetOnClose()
      socket = nil
    case .isDeaf: try socket?.waitForHangUp(until: deadline)
    }
  }

  private func write(_ bytes: [UInt8]) throws { try socket?.write(bytes, until: deadline) }

  /// In pieces that a client reads at once, until it hangs up.
  private func floods(_ frames: [Frame], _ reading: Bool) throws {
    let one = frames.flatMap(\.bytes)
    let piece = Array(repeatElement(one, count: max(1, 16_384 / one.count)).joined())
    while ContinuousClock.now < deadline {
      try write(piece)
      flood += piece.count
      if reading { while try readSome(within: .zero) {} }
    }
  }

  private func hear(_ isIt: (Frame) -> Bool) throws {
    while !heard.contains(where: isIt), try read() {}
  }

  /// False when the client has closed.
  private func read() throws -> Bool {
    guard let socket else { return false }
    let bytes = try socket.read(until: deadline)
    take(bytes)
    return !bytes.isEmpty
  }

  private func take(_ bytes: [UInt8]) {
    unread += bytes
    if !heardPreface, unread.count >= RawPeer.preface.count {
      unread = unread.dropFirst(RawPeer.preface.count)
      heardPreface = true
    }
    while heardPreface, let frame = Frame(takingFrom: &unread) { heard.append(frame) }
  }

  /// Whether something came in time.
  private func readSome(within time: Duration) throws -> Bool {
    do throws(TCPSocket.Failure) {
      guard let socket else { return false }
      return try !socket.read(until: .now + max(time, .microseconds(1))).isEmpty
    } catch .timedOut {
      return false
    }
  }

  private func listen(for time: Duration) throws {
    let end = ContinuousClock.now + time
    while ContinuousClock.now < end {
      _ = try readSome(within: ContinuousClock.now.duration(to: end))
    }
  }
}
