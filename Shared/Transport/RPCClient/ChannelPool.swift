package import NIOCore
internal import NIOPosix
package import RPC
internal import Synchronization

/// Many channels to one target, for one who makes more calls than a connection takes: a proxy.
///
/// Each event loop has channels of its own, so that a call made on a loop is carried by the same
/// thread. A channel with as many calls as servers commonly let a connection have is left in peace
/// and the next takes over; one that has been of no use for a while closes.
package final class ChannelPool: CallInvoker {
  package struct Limits: Sendable, Hashable {
    /// Calls that one channel carries; below the 100 that servers commonly allow, because a server
    /// counts a cancelled call until its handler has ended.
    package var callsPerChannel = 80
    /// With so many channels the calls share them, and wait where a server has no place.
    package var channelsPerLoop = 32
    /// How long a channel beyond the first may be of no use.
    package var maxIdle = Duration.seconds(60)

    package init() {}
  }

  package let target: Target
  private let shelves: [Shelf]
  private let shelfOfLoop: [ObjectIdentifier: Shelf]
  private let turn = Atomic<UInt>(0)

  package init(
    target: Target, configuration: ChannelConfiguration = ChannelConfiguration(),
    limits: Limits = Limits(), eventLoopGroup: any EventLoopGroup
  ) {
    self.target = target
    let shelves = eventLoopGroup.makeIterator().map { loop in
      (ObjectIdentifier(loop), Shelf(target, configuration, limits, loop))
    }
    self.shelves = shelves.map(\.1)
    shelfOfLoop = Dictionary(uniqueKeysWithValues: shelves)
  }

  package func open(_ request: ClientRequest) async throws -> any ClientStream {
    try await shelf.channel().open(request)
  }

  /// The channels there are, on all loops.
  package var channelCount: Int { shelves.map(\.count).reduce(0, +) }

  /// How each of its channels stands.
  package func snapshots() async -> [ChannelSnapshot] {
    var snapshots: [ChannelSnapshot] = []
    for channel in shelves.flatMap(\.channels) { snapshots.append(await channel.snapshot()) }
    return snapshots
  }

  /// Takes no more calls, lets the open ones end, and closes; what is open after `grace` is cut
  /// off.
  package func shutdown(grace: Duration = .seconds(30)) async {
    await withTaskGroup { group in
      for channel in shelves.flatMap({ $0.close() }) {
        group.addTask { await channel.shutdown(grace: grace) }
      }
    }
  }

  /// The shelf of the loop this runs on; elsewhere each in its turn.
  private var shelf: Shelf {
    if let loop = MultiThreadedEventLoopGroup.currentEventLoop,
      let shelf = shelfOfLoop[ObjectIdentifier(loop)]
    {
      return shelf
    }
    let turn = turn.wrappingAdd(1, ordering: .relaxed).oldValue
    return shelves[Int(turn % UInt(shelves.count))]
  }
}

/// The channels of one loop, the first of which stays.
private final class Shelf: Sendable {
  private struct Slot {
    let channel: RPCChannel
    var lastChosen: ContinuousClock.Instant
  }

  private let limits: ChannelPool.Limits
  private let make: @Sendable () -> RPCChannel
  private let slots: Mutex<[Slot]>
  private let isClosed = Atomic(false)

  init(
    _ target: Target, _ configuration: ChannelConfiguration, _ limits: ChannelPool.Limits,
    _ loop: any EventLoop
  ) {
    let make: @Sendable () -> RPCChannel = {
      RPCChannel(target: target, configuration: configuration, eventLoopGroup: loop)
    }
    self.limits = limits
    self.make = make
    slots = Mutex([Slot(channel: make(), lastChosen: .now)])
  }

  var count: Int { slots.withLock { $0.count } }
  var channels: [RPCChannel] { slots.withLock { $0.map(\.channel) } }

  /// The first channel that has room, a new one where none has, the least busy where there may be
  /// no more.
  func channel() -> RPCChannel {
    let (chosen, surplus) = slots.withLock { slots in
      let now = ContinuousClock.now
      let surplus = takeSurplus(&slots, now)
      let index = index(in: &slots)
      slots[index].lastChosen = now
      return (slots[index].channel, surplus)
    }
    if let surplus { Task { await surplus.shutdown() } }
    return chosen
  }

  private func index(in slots: inout [Slot]) -> Int {
    if let index = slots.firstIndex(where: { $0.channel.openCalls < limits.callsPerChannel }) {
      return index
    }
    if slots.count < limits.channelsPerLoop, !isClosed.load(ordering: .relaxed) {
      slots.append(Slot(channel: make(), lastChosen: .now))
      return slots.count - 1
    }
    return slots.indices.min { slots[$0].channel.openCalls < slots[$1].channel.openCalls } ?? 0
  }

  private func takeSurplus(_ slots: inout [Slot], _ now: ContinuousClock.Instant) -> RPCChannel? {
    guard slots.count > 1, let last = slots.last, last.channel.openCalls == 0,
      last.lastChosen.duration(to: now) > limits.maxIdle
    else { return nil }
    return slots.removeLast().channel
  }

  /// No further channel is made; those there are.
  func close() -> [RPCChannel] {
    isClosed.store(true, ordering: .relaxed)
    return channels
  }
}
