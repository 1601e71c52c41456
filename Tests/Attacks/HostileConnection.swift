package import Peers

/// One connection of an attacker: writes what it likes and takes in what it must.
package final class HostileConnection {
  package struct Farewell: Sendable, Hashable {
    package let code: UInt32
    package let reason: String
  }

  package private(set) var goAway: Farewell?
  package private(set) var isClosed = false
  /// RST_STREAM heard, by error code.
  package private(set) var resets: [UInt32: Int] = [:]
  /// Streams that the server has ended.
  package private(set) var endedStreams = 0
  package private(set) var framesHeard = 0
  /// What WINDOW_UPDATE has opened, by stream.
  package private(set) var widened: [UInt32: Int] = [:]

  private let socket: TCPSocket
  private var unread: ArraySlice<UInt8> = []

  /// A small `receiveBuffer` has the server feel a peer that does not read.
  package init(port: UInt16, receiveBuffer: CInt? = nil) throws {
    socket = try TCPSocket(port: port)
    if let receiveBuffer { socket.keepReceiveBuffer(atMost: receiveBuffer) }
  }

  /// The preface, with SETTINGS of these entries.
  package static func started(
    port: UInt16, settings: [UInt8] = [], receiveBuffer: CInt? = nil
  ) throws -> HostileConnection {
    let connection = try HostileConnection(port: port, receiveBuffer: receiveBuffer)
    connection.say(RawPeer.preface + Frame(.settings, payload: settings).bytes)
    return connection
  }

  /// False when the server takes no more, within the time.
  @discardableResult
  package func say(_ bytes: [UInt8], within patience: Duration = .seconds(2)) -> Bool {
    guard !isClosed else { return false }
    do throws(TCPSocket.Failure) {
      try socket.write(bytes, until: .now + patience)
      return true
    } catch {
      // What it said before it closed may still be there to be heard.
      if case .reset = error {
        hear(for: .milliseconds(100))
        isClosed = true
      }
      return false
    }
  }

  @discardableResult
  package func say(_ frames: Frame...) -> Bool { say(frames.flatMap(\.bytes)) }

  /// Takes in what comes within the time, or until the server closes.
  package func hear(for time: Duration) {
    let deadline = ContinuousClock.now + time
    while !isClosed, .now < deadline {
      do throws(TCPSocket.Failure) {
        let bytes = try socket.read(until: deadline)
        if bytes.isEmpty { isClosed = true }
        unread += bytes
        while let frame = Frame(takingFrom: &unread) { take(frame) }
      } catch {
        if case .reset = error { isClosed = true }
        return
      }
    }
  }

  package func resetOnClose() { socket.resetOnClose() }

  private func take(_ frame: Frame) {
    framesHeard += 1
    switch frame.kind {
    case .goAway:
      goAway = Farewell(
        code: frame.number(at: 4) ?? 0,
        reason: String(decoding: frame.payload.dropFirst(8), as: UTF8.self))
    case .resetStream: resets[frame.number(at: 0) ?? 0, default: 0] += 1
    case .headers, .data: if frame.flags.contains(.endStream) { endedStreams += 1 }
    case .windowUpdate: widened[frame.stream, default: 0] += Int(frame.number(at: 0) ?? 0)
    default: break
    }
  }
}
