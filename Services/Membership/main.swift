import ChangeFeed
import Messages
import Observability
import ServiceRuntime
import WellKnown

await ServiceProgram(
  "membership", listen: "127.0.0.1:50051", files: MessagesRegistry.files + WellKnownRegistry.files,
  store: MembershipSchema.migrations
).run { host in
  var settings = FeedSettings()
  settings.onError = { host.log.error("the feed has failed", ["error": "\($0)"]) }
  let api = try await MembershipAPI(host.database, settings)
  host.inBackground("trimming the feed", every: settings.trimInterval) {
    try await api.feed.trim()
  }
  host.inBackground("forgetting imports", every: .seconds(600)) { try await api.trimImports() }
  host.inBackground("telling of the day", every: .seconds(20)) { try await api.beginDay() }
  return [api]
}
