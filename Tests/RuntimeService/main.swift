// A service on the runtime that does nothing but show what the runtime does: the tests start it,
// call it, and send it signals.

import Observability
import RPC
import ServiceRuntime
import Storage

let schema = [
  Migration(version: 1, name: "notes", sql: "CREATE TABLE note (text TEXT NOT NULL);"),
  Migration(version: 2, name: "authors", sql: "ALTER TABLE note ADD COLUMN author TEXT;"),
]

/// How many migrations the program knows: with fewer it is an older program.
let versions = Setting<Int>.integer(
  "versions", default: 2, in: 1...2, help: "How many versions of the store are known.")
let password = Setting<String?>.secret("password", help: "A secret that is not used.")
let known = CommandLine.arguments.contains("--versions=1") ? 1 : 2

await ServiceProgram(
  "test", listen: "127.0.0.1:0", files: [], store: Array(schema.prefix(known)),
  settings: [versions.declaration, password.declaration]
).run { host in
  var serving = Serving()
  for method in TestMethods(host: host).all { serving.router.add(method) }
  return serving
}
