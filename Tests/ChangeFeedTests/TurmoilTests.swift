import RPC
import Storage
import Synchronization
import Testing

@testable import ChangeFeed

/// Writers write, connections break, consumers are stopped and started: in the end the consumer has
/// what the register has, and was told each change of the tail once.
@Suite(.serialized) struct TurmoilTests {
  private static let cuts = 200
  private static let patience = Duration.seconds(60)

  @Test("Calls cut after some messages")
  func cutCalls() async throws {
    let chance = Chance()
    try await withRegister({ $0.page = PageLimit(count: 7, bytes: 1 << 20) }) { register in
      let cutting = CuttingInvoker(register.channel) { _ in chance.number(in: 0...25) }
      try await withConsumer { consumer in
        try await upheaval(register, chance, until: { cutting.cuts >= Self.cuts }) {
          try await keepFollowing(consumer, cutting, chance)
        }
        try await settle(consumer, register, cutting, chance)
        try await heardEverythingOnce(consumer, register, chance)
      }
      #expect(cutting.cuts >= Self.cuts)
    }
  }

  @Test("Connections of a real server cut in the midst of their bytes")
  func cutConnections() async throws {
    let chance = Chance()
    try await withRegister({ $0.page = PageLimit(count: 7, bytes: 1 << 20) }) { register in
      try await withServer(register) { server in
        let isCalm = Atomic(false)
        let proxy = try await CuttingProxy(to: { [port = server.port] in port }) {
          isCalm.load(ordering: .relaxed) ? nil : chance.number(in: 1...6000)
        }
        try await withChannel(port: proxy.port) { channel in
          try await withConsumer { consumer in
            try await upheaval(register, chance, until: { proxy.cuts >= Self.cuts }) {
              try await keepFollowing(consumer, channel, chance)
            }
            isCalm.store(true, ordering: .relaxed)
            try await settle(consumer, register, channel, chance)
            try await heardEverythingOnce(consumer, register, chance)
          }
        }
        #expect(proxy.cuts >= Self.cuts)
        try await proxy.stop()
      }
    }
  }

  @Test("The log trimmed under the consumers' feet")
  func trimmed() async throws {
    let chance = Chance()
    try await withRegister({
      $0.page = PageLimit(count: 7, bytes: 1 << 20)
      $0.recent = PageLimit(count: 5, bytes: 1 << 20)
      $0.retention = Retention(age: .zero, count: 3)
      $0.trimStep = 3
    }) { register in
      let cutting = CuttingInvoker(register.channel) { _ in chance.number(in: 0...40) }
      let expired = Counter()
      let trimming = Task {
        while true {
          try await register.feed.trim()
          try await Task.sleep(for: .milliseconds(1))
        }
      }
      defer { trimming.cancel() }
      try await withConsumer { consumer in
        try await upheaval(
          register, chance, until: { cutting.cuts >= Self.cuts && expired.value >= 5 }
        ) {
          try await keepFollowing(consumer, cutting, chance) { error in
            if error.reason == "CURSOR_EXPIRED" { expired.add() }
          }
        }
        try await settle(consumer, register, register.channel, chance)
      }
      #expect(expired.value >= 5)
    }
  }

  /// Writes of all kinds from several tasks while the consumers do their part, until it is enough.
  private func upheaval(
    _ register: Register, _ chance: Chance, until isEnough: @escaping @Sendable () -> Bool,
    consuming: @escaping @Sendable () async throws -> Void
  ) async throws {
    for number in 0..<30 { try await register.put("words/\(number)", "first") }
    let end = ContinuousClock.now + Self.patience
    try await withThrowingTaskGroup { group in
      for writer in 0..<3 {
        group.addTask {
          while !Task.isCancelled { try await write(register, chance, writer) }
        }
      }
      group.addTask { try await consuming() }
      while !isEnough(), ContinuousClock.now < end {
        try await Task.sleep(for: .milliseconds(5))
      }
      group.cancelAll()
      while let result = await group.nextResult() {
        if case .failure(let error) = result, !(error is CancellationError) { throw error }
      }
    }
    #expect(isEnough(), "CABILDO_SEED=\(chance.seed)")
  }

  private func write(_ register: Register, _ chance: Chance, _ writer: Int) async throws {
    struct Refusal: Error {}
    let name = "\(chance.number(in: 0...4) == 0 ? "counts" : "words")/\(chance.number(in: 0...40))"
    let choice = chance.number(in: 0...9)
    let text = "\(chance.number(in: 0...999))"
    do {
      try await register.feed.write { transaction, log in
        switch choice {
        case 0...2: _ = try? Register.delete(name, transaction, log)
        case 3:
          for number in 0..<5 { try Register.put("words/\(number)", text, transaction, log) }
        default: try Register.put(name, text, transaction, log)
        }
        if choice == 9 { throw Refusal() }
      }
    } catch is Refusal {}
    try await Task.sleep(for: .microseconds(chance.number(in: 0...4000)))
  }

  /// Follows, and now and then ends the follower and begins with what it kept, as a new process.
  private func keepFollowing(
    _ consumer: Consumer, _ invoker: any CallInvoker, _ chance: Chance,
    onError: @escaping @Sendable (RPCError) -> Void = { _ in }
  ) async throws {
    while !Task.isCancelled {
      let batch = chance.number(in: 1...20)
      let follower = consumer.follower(invoker) {
        $0.batch = PageLimit(count: batch, bytes: 1 << 20)
        $0.onError = onError
      }
      let life = Duration.milliseconds(chance.number(in: 1...300))
      try await following(follower) { try await Task.sleep(for: life) }
    }
  }

  private func settle(
    _ consumer: Consumer, _ register: Register, _ invoker: any CallInvoker, _ chance: Chance
  ) async throws {
    try await following(consumer.follower(invoker)) {
      try? await consumer.catchUp(with: register)
    }
    let (ours, theirs) = (try await consumer.contents(), try await register.contents())
    #expect(ours == theirs, "CABILDO_SEED=\(chance.seed)")
    #expect(!theirs.isEmpty)
  }

  private func heardEverythingOnce(
    _ consumer: Consumer, _ register: Register, _ chance: Chance
  ) async throws {
    let heard = try await consumer.heard()
    let end = try await register.feed.database.read { try ChangeLog($0).end().sequence }
    let first = try #require(heard.first)
    #expect(heard == Array(first...end), "CABILDO_SEED=\(chance.seed)")
    #expect(heard.count > 100)
  }
}
