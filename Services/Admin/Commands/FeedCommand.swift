import ArgumentParser
import Foundation
import Messages
import Protobuf
import RPC

struct FeedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "feed", abstract: "Follows the changes of a service.",
    subcommands: [FeedTail.self])
}

struct FeedTail: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail", abstract: "Prints changes as they come.",
    discussion: """
      Begins with the changes from now on, or where --from-start, --since or the cursor file say. \
      With --cursor-file it goes on where it ended the last time: the file is written after a \
      change was printed, so none is lost. When the server goes away, it waits for it to come \
      back. Only --timeout sets an end. With -o json or jsonl each line is one response with its \
      cursor.

      Examples:
      $ cabildo feed tail --from-start --once
      $ cabildo feed tail --from-start --once -o jsonl --type cabildo.membership.v1.Member
      """)

  @Flag(help: "Everything there is first, then the changes.")
  var fromStart = false

  @Option(help: "The changes behind this cursor.")
  var since: String?

  @Option(help: "Keeps the cursor in this file, and goes on from it.", completion: .file())
  var cursorFile: String?

  @Option(help: ArgumentHelp("Only this type of resource, by full name; again for more."))
  var type: [String] = []

  @Flag(help: "Stop at the end of the snapshot, or at the first sign that nothing is new.")
  var once = false

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws {
    try global.refuseAsOf()
    if fromStart, since != nil {
      throw ValidationError("--from-start and --since exclude each other")
    }
    if global.output == .csv { throw ValidationError("a feed has no form in csv: take jsonl") }
  }

  func run(_ session: Session) async throws {
    let file = cursorFile.map(CursorFile.init)
    let kept = try since == nil && !fromStart ? file?.read() : nil
    var follower = FeedPrinter(
      session, cursor: since ?? kept ?? "", isTailOnly: !fromStart, types: type, stopsEarly: once)
    try await follower.run { cursor in try file?.write(cursor) }
  }
}
