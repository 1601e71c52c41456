// A service on the runtime that does nothing but show what the runtime does: the tests start it,
// call it, and send it signals.

import ChangeFeed
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

let members = Setting<String?>.optionalText(
  "members", "TARGET", help: "A register of members whose feed is followed.")
let staleAfter = Setting<Duration>.duration(
  "stale-after", default: "60s", in: .milliseconds(1)...(.seconds(3600)),
  help: "From when on what is known of members is old.")
let follows = CommandLine.arguments.contains { $0.hasPrefix("--members=") }
let projection = follows ? [ProjectionStore.migration(version: known + 1)] : []

await ServiceProgram(
  "test", listen: "127.0.0.1:0", files: [], store: Array(schema.prefix(known)) + projection,
  settings: [
    versions.declaration, password.declaration, members.declaration, staleAfter.declaration,
  ]
).run { host in
  var serving = Serving()
  for method in TestMethods(host: host).all { serving.router.add(method) }
  if let target = host.settings[members] {
    try followMembers(at: target, staleAfter: host.settings[staleAfter], host)
  }
  return serving
}
