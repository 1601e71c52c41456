// A client in a process of its own, so that what its calls cost can be told from everything else:
//
//     client-probe --targets=127.0.0.1:4001,127.0.0.1:4002 --timeout_ms=300 --streaming
//     client-probe --follow=dns:///moving.test:4001 --for_ms=8000
//     client-probe --calls=100000
//
// The first calls each target once, on a channel of its own, and prints a line for each when
// nothing of it is left. The second calls one target again and again on one channel, and prints
// each answer that differs from the one before. The third has a server of its own.

import NIOPosix
import Peers
import RPC
import RPCClient

let flags = Flags.given(known: ["targets", "timeout_ms", "streaming", "follow", "for_ms", "calls"])

do {
  let calls = try flags.number("calls", 0)
  if calls > 0 {
    try await ManyCalls(count: calls).run()
  } else if flags.text("follow", "").isEmpty {
    let kind: CallKind = try flags.isOn("streaming") ? .bidirectional : .unary
    let timeout = Duration.milliseconds(try flags.number("timeout_ms", 300))
    // What the first call of a process sets up is not the hostile server's doing.
    _ = try await Probe(target: "unix:/nowhere/at/all", kind: kind, timeout: timeout).run()
    for target in flags.text("targets", "").split(separator: ",") {
      say(try await Probe(target: String(target), kind: kind, timeout: timeout).run())
    }
  } else {
    try await follow(
      flags.text("follow", ""), for: .milliseconds(try flags.number("for_ms", 5000)))
  }
} catch {
  Flags.end(with: error)
}
