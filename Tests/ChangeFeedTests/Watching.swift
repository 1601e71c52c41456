import ChangeFeed
import Messages
import RPC
import WellKnown

/// One stream of a register's feed, read step by step.
struct Watching {
  let call: ClientCall<FeedV1.WatchChangesRequest, FeedV1.WatchChangesResponse>
  private(set) var cursor = ""
  /// That of the first step.
  private(set) var cursorAtStart = ""

  init(
    _ invoker: any CallInvoker, cursor: String = "", tailOnly: Bool = false, types: [String] = [],
    interval: Duration = .seconds(60), sees: [String] = [], timeout: Duration = .seconds(30)
  ) async throws {
    var request = FeedV1.WatchChangesRequest(
      cursor: cursor, tailOnly: tailOnly, resourceTypes: types)
    request.bookmarkInterval = GoogleProtobuf.Duration(
      seconds: interval.components.seconds,
      nanos: Int32(interval.components.attoseconds / 1_000_000_000))
    var metadata: Metadata = [:]
    for level in sees { metadata.add("sees", level) }
    call = try await invoker.serverStreaming(
      Register.watchChanges, request, CallOptions(timeout: timeout, metadata: metadata))
  }

  /// The next step, told in a few words.
  mutating func next() async throws -> String {
    guard let response = try await call.responses.next() else { return "over" }
    cursor = response.cursor
    if cursorAtStart.isEmpty { cursorAtStart = cursor }
    switch response.event {
    case .start(let start): return start.snapshot ? "start snapshot" : "start tail"
    case .change(let change): return Self.words(change)
    case .snapshotEnd(let end): return "end \(end.sequence)"
    case .bookmark(let mark): return "bookmark \(mark.sequence)"
    case nil: return "nothing"
    }
  }

  /// `3 updated words/a=text`
  static func words(_ change: FeedV1.Change) -> String {
    let kind = change.kind.name?.lowercased() ?? "?"
    let value =
      if let text = change.resource?.unpacked(as: GoogleProtobuf.StringValue.self) {
        "=\(text.value)"
      } else if let count = change.resource?.unpacked(as: GoogleProtobuf.Int64Value.self) {
        "=\(count.value)"
      } else {
        ""
      }
    return "\(change.sequence) \(kind) \(change.resourceName)\(value)"
  }

  /// The steps up to and with the first of these words, which begin a step; bookmarks are left out.
  mutating func steps(through last: String, bookmarks: Bool = false) async throws -> [String] {
    var steps: [String] = []
    while true {
      let step = try await next()
      if bookmarks || !step.hasPrefix("bookmark") { steps.append(step) }
      if step.hasPrefix(last) || step == "over" { return steps }
    }
  }
}
