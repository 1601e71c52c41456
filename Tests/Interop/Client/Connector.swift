import Peers
import RPC
import RPCClient
import Sockets

/// Opens channels as the flags say.
struct Connector: Sendable {
  private let target: Target
  private let configuration: ChannelConfiguration
  private let loops: LoopGroup

  init(_ flags: Flags, _ loops: LoopGroup) throws {
    let host = flags.text("server_host", "localhost")
    target = try Target("dns:///\(host):\(try flags.number("server_port", 8080))")
    var configuration = ChannelConfiguration()
    let override = flags.text("server_host_override", "")
    if !override.isEmpty { configuration.authority = override }
    if try flags.isOn("use_tls") {
      configuration.tls = try ClientTLS(
        trust: flags.text("use_test_ca", "true") == "true"
          ? .file(flags.text("ca_file", ".build/tls/ca.pem")) : .system,
        serverName: override.isEmpty ? nil : override)
    }
    self.configuration = configuration
    self.loops = loops
  }

  func open() throws -> RPCChannel {
    RPCChannel(target: target, configuration: configuration, eventLoopGroup: loops.group)
  }
}
