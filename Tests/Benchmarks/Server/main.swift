// bench-server --port N: the product's server under measurement, on the host that its services
// stand on, with all that the host does for them. Takes their settings too: TLS, loops, limits.

import BenchMessages
import ServiceRuntime

let port = Setting<Int>.integer(
  "port", default: 50_060, in: 0...65_535, help: "Where to listen on 127.0.0.1.")
let given = CommandLine.arguments.firstIndex(of: "--port").map { CommandLine.arguments[$0 + 1] }

await ServiceProgram(
  "bench", listen: "127.0.0.1:\(given ?? "50060")", files: BenchMessagesRegistry.files,
  settings: [port.declaration]
).run { _ in
  var serving: Serving = [RecordsAPI()]
  serving.interceptors = [CallNames()]
  return serving
}
