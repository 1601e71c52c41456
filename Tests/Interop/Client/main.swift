// grpc's interop client on our transport:
//
//     interop-client --server_host=localhost --server_port=8080 --test_case=empty_unary
//
// Several cases are separated by commas; `all` is each of them. Ends with 1 when one failed.

import Foundation
import Peers
import RPC
import RPCClient
import Sockets

let flags = Flags.given(
  known: [
    "server_host", "server_host_override", "server_port", "test_case", "use_tls", "use_test_ca",
    "ca_file", "soak_iterations", "soak_max_failures",
    "soak_per_iteration_max_acceptable_latency_ms", "soak_overall_timeout_seconds",
    "soak_min_time_ms_between_rpcs", "soak_request_size", "soak_response_size",
  ])
let loops = LoopGroup(threads: 1)

func connect() -> Connector {
  do { return try Connector(flags, loops) } catch { Flags.end(with: error, code: 2) }
}

func open() -> RPCChannel {
  do { return try connector.open() } catch { Flags.end(with: error) }
}

let connector = connect()
let wanted = flags.text("test_case", "large_unary")
let names =
  wanted == "all"
  ? InteropCase.allCases.map(\.rawValue) : wanted.split(separator: ",").map(String.init)

guard !names.isEmpty else {
  Flags.end(with: Flags.Unusable(description: "--test_case names no case"), code: 2)
}
let channel = open()
var failures = 0
for name in names {
  do {
    guard let test = InteropCase(rawValue: name) else { throw Unexpected("no such case") }
    try await test.run(on: channel, connector, flags)
    say("\(name): passed")
  } catch let error as RPCError {
    failures += 1
    say("\(name): failed: \(error.code.name) \(error.reason ?? "") \(error.message)")
  } catch {
    failures += 1
    say("\(name): failed: \(error)")
  }
}
await channel.shutdown(grace: .seconds(1))

/// Prints a line at once: whoever waits for it may be a pipe.
func say(_ line: String) {
  FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}

exit(failures == 0 ? 0 : 1)
