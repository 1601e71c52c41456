import Messages
import Protobuf
import RPC
import Vocabulary
import WellKnown

/// Prints a feed, and goes on behind the last change when the connection was lost, or when the call
/// has taken as long as the server lets one take.
struct FeedPrinter {
  private static let firstDelay = Duration.milliseconds(500)
  private static let longestDelay = Duration.seconds(30)

  private let session: Session
  private let types: [String]
  private let stopsEarly: Bool
  private var cursor: String
  private var isTailOnly: Bool
  private var hasHeard = false

  init(
    _ session: Session, cursor: String, isTailOnly: Bool, types: [String], stopsEarly: Bool
  ) {
    self.session = session
    self.cursor = cursor
    self.isTailOnly = isTailOnly
    self.types = types
    self.stopsEarly = stopsEarly
  }

  /// Ends only when told to stop early, cancelled or refused.
  mutating func run(_ keep: (String) throws -> Void) async throws {
    var delay = Self.firstDelay
    while true {
      do {
        let isDone = try await follow(keep) { delay = Self.firstDelay }
        if isDone { return }
      } catch let error as RPCError where error.code == .unavailable && hasHeard {
        Terminal.tell("The server is away (\(error.message)); trying again in \(delay).")
      } catch let error as RPCError
        where error.code == .deadlineExceeded && hasHeard && session.global.timeout == nil
      {}
      try await Task.sleep(for: delay)
      delay = min(delay * 2, Self.longestDelay)
    }
  }

  private mutating func follow(_ keep: (String) throws -> Void, _ heard: () -> Void) async throws
    -> Bool
  {
    let call = try await session.invoker.serverStreaming(
      MembershipV1.MembershipServiceMethods.watchChanges,
      FeedV1.WatchChangesRequest(
        cursor: cursor, tailOnly: cursor.isEmpty && isTailOnly, resourceTypes: types,
        bookmarkInterval: stopsEarly ? .init(seconds: 1) : nil), session.streamOptions)
    for try await response in call.responses {
      hasHeard = true
      heard()
      try print(response)
      if !response.cursor.isEmpty, response.cursor != cursor {
        cursor = response.cursor
        try keep(cursor)
      }
      switch response.event {
      case .snapshotEnd?, .bookmark?: if stopsEarly { return true }
      case .start?, .change?, nil: break
      }
    }
    return false
  }

  private func print(_ response: FeedV1.WatchChangesResponse) throws {
    switch (session.global.output ?? .table, response.event) {
    case (.table, .change(let change)?): try Terminal.writeLine(line(change))
    case (.table, .snapshotEnd(let end)?):
      Terminal.tell("The snapshot ends at \(end.sequence).")
    case (.table, _): break
    default: try Terminal.writeLine(try response.jsonValue(.cabildo).text)
    }
  }

  private func line(_ change: FeedV1.Change) -> String {
    let fields = [
      change.recordedTime?.text ?? "", "\(change.sequence)", change.kind.word,
      change.resourceName, name(in: change),
    ]
    return fields.map(DisplayWidth.harmless).joined(separator: "\t")
  }

  /// What the resource is called, where it is one that has a name: in the language asked for, else
  /// marked with another, or as it was first written where none was asked for.
  private func name(in change: FeedV1.Change) -> String {
    let member: MembershipV1.Member? = change.resource?.unpacked()
    let section: MembershipV1.Section? = change.resource?.unpacked()
    guard let name = member?.displayName ?? section?.displayName else { return "" }
    let text = LocalizedText(name.values, original: name.originalLanguage)
    guard let lang = session.global.lang else { return text.original }
    guard let shown = text.shown(LanguagePreference(acceptLanguage: lang)) else { return "" }
    return shown.isFallback ? "\(shown.text) [\(shown.language)]" : shown.text
  }
}
