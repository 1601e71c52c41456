import ChangeFeed
import Messages
import RPC
import RPCClient
import ServiceRuntime
import Sockets

/// Keeps what a register of members tells, as a service keeps another's.
func followMembers(at target: String, staleAfter: Duration, _ host: ServiceHost) throws {
  var configuration = ChannelConfiguration()
  configuration.backoff = Backoff(initial: .milliseconds(50), maximum: .milliseconds(500))
  let channel = RPCChannel(
    target: try Target(target), configuration: configuration, eventLoopGroup: host.loops.dialing)
  host.atEnd { await channel.shutdown(grace: .zero) }
  var settings = FollowerSettings()
  settings.bookmarkInterval = .seconds(1)
  settings.backoff = Backoff(initial: .milliseconds(50), maximum: .milliseconds(500))
  host.follow(
    "membership", MembershipV1.MembershipServiceMethods.watchChanges, by: channel,
    into: ProjectionStore(host.database, feed: "membership"), settings: settings,
    staleAfter: staleAfter)
}
