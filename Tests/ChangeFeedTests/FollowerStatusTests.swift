import Messages
import RPC
import RPCServer
import Storage
import Synchronization
import Testing
import WellKnown

@testable import ChangeFeed

/// A follower knows how old its knowledge is, and says so rather than decide on it.
@Suite struct FollowerStatusTests {
  @Test(
    "Knowledge is as old as the worse of two measures says",
    arguments: [
      // Seconds since it was heard; by which the service's clock is behind ours; age.
      (0, 0, 0), (7, 0, 7), (7, 5, 12), (7, -5, 7), (0, -100, 0), (0, 3600, 3600),
    ])
  func age(heard: Int, behind: Int, age: Int) {
    let (now, instant) = (RecordedTime.now, ContinuousClock.now)
    var status = FollowerStatus()
    #expect(status.age(at: now, instant) == nil)
    status.knowledge = FollowerStatus.Knowledge(
      time: now.advanced(by: .seconds(-heard - behind)), heard: instant - .seconds(heard))
    #expect(status.age(at: now, instant) == .seconds(age))
  }

  @Test("Fresh while the service lives, too old some time after it is gone, fresh again")
  func freshness() async throws {
    try await withRegister { register in
      try await withConsumer { consumer in
        let invoker = CuttingInvoker(register.channel) { _ in nil }
        let follower = consumer.follower(invoker)
        let early = await failure { try follower.requireFresh(within: .seconds(3600)) }
        #expect(early?.code == .unavailable)
        #expect(early?.reason == "PROJECTION_STALE")
        try await following(follower) {
          try await eventually { follower.status.age() != nil }
          // Bookmarks come every 50 ms.
          for _ in 0..<20 {
            try follower.requireFresh(within: .seconds(2))
            try await Task.sleep(for: .milliseconds(10))
          }
          try await register.put("words/a", "1")
          try await eventually { follower.status.sequence == 1 }
          #expect(follower.status.lastError == nil)

          invoker.setBroken(true)
          try await eventually { (try? follower.requireFresh(within: .milliseconds(300))) == nil }
          #expect(follower.status.phase == .connecting)
          #expect(follower.status.lastError?.code == .unavailable)

          invoker.setBroken(false)
          try await eventually { (try? follower.requireFresh(within: .milliseconds(300))) != nil }
          #expect(follower.status.lastError == nil)
        }
      }
    }
  }

  @Test("A service that says nothing is given up, and asked again")
  func silence() async throws {
    let calls = Counter()
    let silent = ServerMethod.serverStreaming(Register.watchChanges) { _, responses, _ in
      calls.add()
      try await responses.send(
        FeedV1.WatchChangesResponse(cursor: "c", event: .start(FeedV1.FeedStart(snapshot: true))))
      try await Task.sleep(for: .seconds(60))
    }
    var router = Router([])
    router.add(silent)
    let channel = InProcessChannel(router)
    try await withConsumer { consumer in
      let errors = Mutex<[RPCError]>([])
      let follower = consumer.follower(channel) {
        $0.silence = .milliseconds(50)
        $0.onError = { error in errors.withLock { $0.append(error) } }
      }
      try await following(follower) { try await eventually { calls.value >= 3 } }
      #expect(errors.withLock { $0.allSatisfy { $0.reason == "FEED_SILENT" } })
    }
  }

  @Test("Who has no cursor and gets no snapshot takes in nothing")
  func noSnapshot() async throws {
    let method = ServerMethod.serverStreaming(Register.watchChanges) { _, responses, _ in
      try await responses.send(
        FeedV1.WatchChangesResponse(cursor: "c", event: .start(FeedV1.FeedStart())))
      try await Task.sleep(for: .seconds(60))
    }
    var router = Router([])
    router.add(method)
    let channel = InProcessChannel(router)
    try await withConsumer { consumer in
      let follower = consumer.follower(channel)
      try await following(follower) {
        try await eventually { follower.status.streams > 2 }
      }
      #expect(try await consumer.projection.cursor() == nil)
    }
  }

  @Test("A follower outlives the server, and follows the next one")
  func serverRestarts() async throws {
    try await withRegister { register in
      try await withConsumer { consumer in
        try await withServer(register) { first in
          let target = Mutex(first.port)
          let proxy = try await CuttingProxy(to: { target.withLock { $0 } }, limits: { nil })
          try await withChannel(port: proxy.port) { channel in
            let follower = consumer.follower(channel)
            try await register.put("words/a", "1")
            try await following(follower) {
              try await consumer.catchUp(with: register)
              await first.shutDown(grace: .seconds(5))
              try await register.put("words/a", "2")
              try await eventually { follower.status.phase == .connecting }
              try await withServer(register) { second in
                target.withLock { $0 = second.port }
                try await consumer.catchUp(with: register)
                #expect(follower.status.snapshots == 1)
                #expect(try await consumer.heard() == [2])
              }
            }
          }
          try await proxy.stop()
        }
      }
    }
  }
}
