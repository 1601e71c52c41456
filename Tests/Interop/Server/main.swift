// grpc's interop server on our transport:
//
//     interop-server --port=8080 [--use_tls=true --tls_folder=.build/tls]
//
// Port 0 lets the system choose; the first line printed says what it chose. Beside the test service
// it has health, reflection and the pages of a service. For attacks on it there are a handler that
// cannot be cancelled (`--stubborn`), limits and times (in milliseconds) that can be set, and a
// page `/ends` that says how connections have ended.

import Foundation
import HTTP2
import Messages
import Peers
import Protobuf
import RPC
import RPCServer
import Sockets
import StandardServices
import TestMessages
import WellKnown

let flags = Flags.given(
  known: [
    "port", "use_tls", "tls_folder", "certificate", "client_ca", "unix", "threads", "stubborn",
    "max_connections", "max_unread", "greeting_timeout", "header_timeout", "output_timeout",
    "flood_share", "stubborn_time",
  ])

do {
  try await serve()
} catch {
  Flags.end(with: error)
}

func serve() async throws {
  let files =
    TestMessagesRegistry.files + MessagesRegistry.files + WellKnownRegistry.files
  let register = HealthRegister(services: [InteropService.service.name])
  register.set(nil, .serving)
  var router = Router([InteropService(), HealthService(register)])
  let index = ReflectionIndex(
    services: router.services.map(\.name)
      + [ReflectionService.service.name, ReflectionAlphaService.service.name],
    files: files)
  router.add(ReflectionService(index))
  router.add(ReflectionAlphaService(index))

  if try flags.isOn("stubborn") {
    router.add(Stubborn.sleep(for: try time("stubborn_time", .milliseconds(500))))
  }

  let address = try listenAddress()
  let loops = LoopGroup(threads: try flags.number("threads", 2))
  let server = try await Server(
    router, on: [address], configuration: try configuration(register), loops: loops)
  FileHandle.standardOutput.write(Data("listening on \(server.addresses[0])\n".utf8))

  // SIGTERM drains; a second one ends at once.
  signal(SIGTERM, SIG_IGN)
  let (terminations, terminated) = AsyncStream.makeStream(of: Void.self)
  let signals = DispatchSource.makeSignalSource(signal: SIGTERM)
  signals.setEventHandler { terminated.yield() }
  signals.activate()
  for await _ in terminations { break }
  signal(SIGTERM, SIG_DFL)
  register.stop()
  await server.shutDown(grace: .seconds(5))
  try await loops.shutDown()
}

/// What the flags say.
func configuration(_ register: HealthRegister) throws -> ServerConfiguration {
  var configuration = ServerConfiguration()
  configuration.interceptors = [RequestID()]
  configuration.pages = register.pages
  let ends = EndCounts()
  configuration.connectionObserver = ends
  configuration.pages["/ends"] = { _ in PageAnswer(body: ends.text) }
  configuration.maxConnections = try flags.number("max_connections", configuration.maxConnections)
  configuration.maxUnreadBytes = try flags.number("max_unread", configuration.maxUnreadBytes)
  try divideAllowances(in: &configuration.http2.allowances, by: flags.number("flood_share", 1))
  configuration.greetingTimeout = try time("greeting_timeout", configuration.greetingTimeout)
  configuration.headerTimeout = try time("header_timeout", configuration.headerTimeout)
  configuration.outputTimeout = try time("output_timeout", configuration.outputTimeout)
  if try flags.isOn("use_tls") {
    let folder = flags.text("tls_folder", ".build/tls")
    let name = flags.text("certificate", "server")
    let authority = flags.text("client_ca", "")
    configuration.tls = try ServerTLS(
      .init(
        certificateChain: "\(folder)/\(name).pem", privateKey: "\(folder)/\(name).key",
        clientAuthorities: authority.isEmpty ? nil : "\(folder)/\(authority).pem"))
  }
  return configuration
}

func divideAllowances(in allowances: inout FloodGuard.Allowances, by share: Int) {
  for act in FloodGuard.Act.allCases {
    allowances[act].burst /= share
    allowances[act].perSecond /= share
  }
}

func time(_ name: String, _ standard: Duration) throws -> Duration {
  let milliseconds = try flags.number(name, -1)
  return milliseconds < 0 ? standard : .milliseconds(milliseconds)
}

func listenAddress() throws -> ListenAddress {
  let path = flags.text("unix", "")
  let port = try flags.number("port", 0)
  guard 0...65_535 ~= port else {
    throw Flags.Unusable(description: "--port=\(port) is not between 0 and 65535")
  }
  return path.isEmpty ? .tcp(host: "127.0.0.1", port: port) : .unix(path: path)
}
