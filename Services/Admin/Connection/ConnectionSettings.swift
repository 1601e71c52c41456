import Foundation
import RPC
import RPCClient
import Sockets

/// Where calls go and with what: flag > environment > context > default.
struct ConnectionSettings {
  static let defaultServer = "localhost:8080"
  private static let tokenBytesMaximum = 16 * 1024

  let server: String
  let usesTLS: Bool
  let authorities: String?
  let token: String?

  init(
    _ global: GlobalOptions, contexts: ContextFile,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    let environment = environment.filter { !$0.value.isEmpty }
    let context = try contexts.context(global.context ?? environment["CABILDO_CONTEXT"])
    server =
      global.server ?? environment["CABILDO_SERVER"] ?? context?.server ?? Self.defaultServer
    // A server named on the spot is not the context's: nor are its secrets.
    let isContexts = server == context?.server
    authorities =
      global.ca ?? environment["CABILDO_CA"] ?? (isContexts ? context?.ca : nil)
    usesTLS = global.tls || authorities != nil || (isContexts && context?.tls ?? false)
    if let file = global.tokenFile {
      token = try Self.token(in: file)
    } else if let given = environment["CABILDO_TOKEN"] {
      token = try Self.checked(given, "CABILDO_TOKEN")
    } else if let file = environment["CABILDO_TOKEN_FILE"] {
      token = try Self.token(in: file)
    } else {
      token = try isContexts ? context?.tokenFile.map(Self.token) : nil
    }
  }

  private static func token(in file: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: file),
      let text = String(data: data, encoding: .utf8)
    else { throw UsageError("the token file \(file) cannot be read", advice: nil) }
    return try checked(text, file)
  }

  /// A token is one line of printable ASCII; anything else could not stand in a header.
  private static func checked(_ text: String, _ origin: String) throws -> String {
    let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard 1...tokenBytesMaximum ~= token.utf8.count,
      token.utf8.allSatisfy({ 0x21...0x7e ~= $0 })
    else { throw UsageError("\(origin) holds no token", advice: nil) }
    return token
  }

  /// Makes a channel for as long as the body runs.
  func withChannel<Result: Sendable>(
    _ interceptors: [any ClientInterceptor], _ body: (RPCChannel) async throws -> Result
  ) async throws -> Result {
    var configuration = ChannelConfiguration()
    configuration.userAgent = "cabildo-cli/1.0"
    configuration.interceptors = interceptors
    let target: Target
    do throws(TargetError) {
      target = try Target(server)
    } catch { throw UsageError("\(error)", advice: "Name a server as host:port.") }
    if usesTLS {
      do {
        configuration.tls = try ClientTLS(trust: authorities.map { .file($0) } ?? .system)
      } catch {
        throw UsageError("\(authorities ?? "the system") has no authorities to trust", advice: nil)
      }
    }
    let loops = LoopGroup(threads: 1)
    let channel = RPCChannel(
      target: target, configuration: configuration, eventLoopGroup: loops.dialing)
    do {
      let result = try await body(channel)
      await Self.close(channel, loops)
      return result
    } catch {
      await Self.close(channel, loops)
      throw error
    }
  }

  /// Calls that were let go are told so before the connection closes.
  private static func close(_ channel: RPCChannel, _ loops: LoopGroup) async {
    await channel.shutdown(grace: .milliseconds(200))
    try? await loops.shutDown()
  }
}
