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
    /// With so many channels full, a call is refused.
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
    try await open(request, upTo: 1)
  }

  /// The same pool for calls that may take no more than this share of its places: what is left
  /// stays free for others. A call for which there is no place is refused at once.
  package func share(_ share: Double) -> any CallInvoker { PoolShare(pool: self, share: share) }

  fileprivate func open(_ request: ClientRequest, upTo share: Double) async throws
    -> any ClientStream
  {
    guard let channel = shelf.channel(upTo: share) else {
      throw RPCError(.resourceExhausted, "as many calls are open as it is given")
        .reason("TOO_MANY_OPEN_CALLS", ["target": target.description])
    }
    return try await channel.open(request)
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

/// A pool, for calls that may not take all of it.
private struct PoolShare: CallInvoker {
  let pool: ChannelPool
  let share: Double

  func open(_ request: ClientRequest) async throws -> any ClientStream {
    try await pool.open(request, upTo: share)
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

  /// The first channel that has room, a new one where none has; nil where there may be no more, or
  /// the share of the places is taken.
  func channel(upTo share: Double) -> RPCChannel? {
    let (chosen, surplus) = slots.withLock { slots -> (RPCChannel?, RPCChannel?) in
      let now = ContinuousClock.now
      let surplus = takeSurplus(&slots, now)
      guard hasRoom(slots, upTo: share), let index = index(in: &slots) else {
        return (nil, surplus)
      }
      slots[index].lastChosen = now
      return (slots[index].channel, surplus)
    }
    if let surplus { Task { await surplus.shutdown() } }
    return chosen
  }

  /// Counts only when there are enough channels for it to matter.
  private func hasRoom(_ slots: [Slot], upTo share: Double) -> Bool {
    guard share < 1 else { return true }
    let places = Int(Double(limits.channelsPerLoop * limits.callsPerChannel) * share)
    guard slots.count * limits.callsPerChannel >= places else { return true }
    return slots.reduce(0) { $0 + $1.channel.openCalls } < places
  }

  private func index(in slots: inout [Slot]) -> Int? {
    if let index = slots.firstIndex(where: { $0.channel.openCalls < limits.callsPerChannel }) {
      return index
    }
    if slots.count < limits.channelsPerLoop, !isClosed.load(ordering: .relaxed) {
      slots.append(Slot(channel: make(), lastChosen: .now))
      return slots.count - 1
    }
    // One that is shut down says so.
    return isClosed.load(ordering: .relaxed) ? 0 : nil
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
