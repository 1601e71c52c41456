import RPCClient
import ServiceRuntime

let program = ServiceProgram(
  "gateway", listen: "127.0.0.1:8080", files: [], settings: GatewaySettings.declarations)

await program.run { host in
  let setup = try UpstreamSetup(host.settings, host.loops)
  host.atEnd { await setup.shutDown() }
  host.showChannels { await setup.snapshots() }
  if let tls = setup.tls { host.atReload("upstream certificate") { try tls.reload() } }
  for upstream in setup.upstreams where upstream.isSetUp {
    host.checks.add(upstream.name) { try await UpstreamProbe(upstream: upstream).check() }
  }
  let gateway = Gateway(
    setup.upstreams, health: host.health,
    deadlineMargin: host.settings[GatewaySettings.deadlineMargin])
  var serving = Serving()
  serving.router = gateway.router
  serving.bringsHealth = true
  serving.bringsReflection = true
  // Services verify tokens themselves; with their keys the gateway turns bad ones away at the door.
  serving.authenticates = host.settings[StandardSettings.tokenKeys] != nil
  return serving
}
