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
  host.inBackground("trimming the feed") { try await api.feed.maintain() }
  host.inBackground("forgetting imports") { try await api.maintainImports() }
  host.inBackground("following the days") { try await api.followDays() }
  return [api]
}
