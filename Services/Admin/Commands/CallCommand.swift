import ArgumentParser
import DynamicMessages
import Protobuf
import RPC

struct CallCommand: RemoteCommand {
  static let configuration = CommandConfiguration(
    commandName: "call", abstract: "Calls any method, with messages in JSON.",
    discussion: """
      The types are learned from the server by reflection. A method that takes a stream takes a \
      message from each line; what a method answers is printed as it comes, indented, or with \
      -o jsonl a line each.

      Examples:
      $ cabildo call grpc.health.v1.Health/Check
      $ cabildo call grpc.health.v1.Health/Check -d '{"service": ""}' --show-rpc
      """)

  @Argument(help: "SERVICE/METHOD, with the service's full name.")
  var method: String

  @Option(
    name: [.short, .long],
    help: "The message in JSON, @FILE, or @- for standard input; a line each for a stream.")
  var data: String?

  @OptionGroup(visibility: .hidden) var global: GlobalOptions

  func validate() throws {
    try global.refuseDryRun()
    try global.refuseAsOf()
    if global.output == .csv {
      throw ValidationError("what a method answers has no form in csv: take json or jsonl")
    }
  }

  func run(_ session: Session) async throws {
    let data = try CallData(data)
    var pool = DescriptorPool()
    let reflection = try await Reflection(session)
    let method = try await NamedMethod(method, reflection, &pool)
    let types = pool
    let streams = method.type.streamsInput || method.type.streamsOutput
    let options = streams ? session.streamOptions : session.options
    guard method.type.streamsInput else {
      let message = try await frame(data.one(), method, types)
      let stream = try await session.invoker.open(
        ClientRequest(method.name, method.kind, options, soleMessage: message))
      return try await receive(stream, method, types)
    }
    let stream = try await session.invoker.open(ClientRequest(method.name, method.kind, options))
    try await withThrowingTaskGroup(of: Bool.self) { tasks in
      tasks.addTask {
        try await data.eachMessage { json in
          try await stream.send(frame(json, method, types), compress: false)
        }
        try await stream.finishSending()
        return false
      }
      tasks.addTask {
        try await receive(stream, method, types)
        return true
      }
      // Whoever fails first says why; a server may also end before it has heard all.
      do {
        while let hasEnded = try await tasks.next(), !hasEnded {}
      } catch {
        stream.cancel()
        throw error
      }
      tasks.cancelAll()
    }
  }

  private func frame(_ json: JSONValue, _ method: NamedMethod, _ pool: DescriptorPool)
    throws(JSONError) -> MessageFrame
  {
    MessageFrame(payload: try pool.encode(json, as: method.type.input))
  }

  private func receive(_ stream: any ClientStream, _ method: NamedMethod, _ pool: DescriptorPool)
    async throws
  {
    if !method.type.streamsOutput {
      return try write(try await stream.soleMessage(), method, pool)
    }
    while let message = try await stream.nextMessage() { try write(message, method, pool) }
  }

  private func write(_ message: [UInt8], _ method: NamedMethod, _ pool: DescriptorPool) throws {
    let json = try pool.json(message, as: method.type.output)
    try Terminal.writeLine(global.output == .jsonl ? json.text : json.indentedText)
  }
}
