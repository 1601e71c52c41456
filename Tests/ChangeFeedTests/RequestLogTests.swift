import RPC
import Storage
import Testing
import WellKnown

@testable import ChangeFeed

/// A write with a name happens once (AIP-155).
@Suite struct RequestLogTests {
  private static let id = "0b6b8a4e-52cf-4d1b-9f0e-6c1d2b7a9e35"
  private static let method: MethodName = "/test.Register/Put"
  private typealias Text = GoogleProtobuf.StringValue

  private static func key(
    _ text: String = "a", id: String = id, method: MethodName = method, caller: String = "ada"
  ) throws -> RequestKey? {
    try RequestKey(id, of: Text(value: text), method, caller: caller)
  }

  /// Writes a text once and answers with the number of the write.
  private static func put(
    _ text: String, _ key: RequestKey?, _ register: Register, validateOnly: Bool = false
  ) async throws -> String {
    try await register.feed.write(once: key, validateOnly: validateOnly) { transaction, log in
      let number = try Register.put("words/a", text, transaction, log)
      return Text(value: "\(number)")
    }.value
  }

  @Test(
    "A name is a UUID, or there is none",
    arguments: [
      (id, id), (id.uppercased(), id), ("", nil),
      ("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000001"),
    ])
  func names(text: String, id: String?) throws {
    #expect(try Self.key(id: text)?.id == id)
  }

  @Test(
    "Another name is refused, and the field is named",
    arguments: [
      "1", " ", "00000000-0000-0000-0000-000000000000", "{\(id)}", id + "0",
      String(id.dropLast()), id.replacing("-", with: ""), id.replacing("-", with: "_"),
      String(id.dropLast()) + "g", String(id.dropLast(2)) + "é", String(id.dropLast()) + "\u{0}",
      "0b6b8a4e5-2cf-4d1b-9f0e-6c1d2b7a9e35", String(repeating: "a", count: 1 << 20),
    ])
  func badNames(text: String) async throws {
    let error = await failure { _ = try Self.key(id: text) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.reason == "REQUEST_ID_INVALID")
    let fields = error?.details.compactMap { $0.unpacked(as: GoogleRPC.BadRequest.self) }.first
    #expect(fields?.fieldViolations.map(\.field) == ["request_id"])
  }

  @Test("The same id in the other case, in the message too, is the same request")
  func otherCase() throws {
    let lower = try Self.key(Self.id, id: Self.id)
    let upper = try Self.key(Self.id.uppercased(), id: Self.id.uppercased())
    #expect(lower?.fingerprint == upper?.fingerprint)
    #expect(try Self.key("b")?.fingerprint != lower?.fingerprint)
  }

  @Test("The same again gets the same answer, and nothing is written")
  func sameAgain() async throws {
    try await withRegister { (register: Register) async throws in
      #expect(try await Self.put("a", Self.key(), register) == "1")
      try await register.put("words/b", "meanwhile")
      for _ in 0..<3 {
        #expect(try await Self.put("a", Self.key(), register) == "1")
        #expect(try await Self.put("a", Self.key(id: Self.id.uppercased()), register) == "1")
      }
      #expect(try await register.put("words/b", "next") == 3)
    }
  }

  @Test("Without a name the same again is another write")
  func nameless() async throws {
    try await withRegister { (register: Register) async throws in
      #expect(try await Self.put("a", nil, register) == "1")
      #expect(try await Self.put("a", nil, register) == "2")
    }
  }

  @Test(
    "The name of another request, or of another caller, is refused",
    arguments: [("b", "ada"), ("a", "eve"), ("b", "eve")])
  func reused(text: String, caller: String) async throws {
    try await withRegister { (register: Register) async throws in
      _ = try await Self.put("a", Self.key(), register)
      let error = await failure {
        _ = try await Self.put(text, Self.key(text, caller: caller), register)
      }
      #expect(error?.code == .failedPrecondition)
      #expect(error?.reason == "REQUEST_ID_REUSED")
      #expect(try await register.put("words/b", "next") == 2)
    }
  }

  @Test("Names are a method's own")
  func methods() async throws {
    try await withRegister { (register: Register) async throws in
      #expect(try await Self.put("a", Self.key(), register) == "1")
      #expect(
        try await Self.put("a", Self.key(method: "/test.Register/Other"), register) == "2")
    }
  }

  @Test("A write that failed may be tried again under its name")
  func failed() async throws {
    struct Refusal: Error {}
    try await withRegister { (register: Register) async throws in
      await #expect(throws: Refusal.self) {
        try await register.feed.write(once: Self.key()) { transaction, log -> Text in
          try Register.put("words/a", "a", transaction, log)
          throw Refusal()
        }
      }
      #expect(try await Self.put("a", Self.key(), register) == "1")
    }
  }

  @Test("A rehearsal leaves no answer, and asks for none")
  func validateOnly() async throws {
    try await withRegister { (register: Register) async throws in
      #expect(try await Self.put("a", Self.key(), register, validateOnly: true) == "1")
      #expect(try await Self.put("b", Self.key("b"), register) == "1")
      #expect(try await Self.put("b", Self.key("b"), register, validateOnly: true) == "2")
      #expect(try await Self.put("b", Self.key("b"), register) == "1")
    }
  }

  @Test("Of many that race under one name one writes, and all hear its answer")
  func race() async throws {
    try await withRegister { (register: Register) async throws in
      let answers = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<50 { group.addTask { try await Self.put("a", Self.key(), register) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(answers == Array(repeating: "1", count: 50))
      #expect(try await register.put("words/b", "next") == 2)
    }
  }

  @Test("The answer is there after a restart")
  func restart() async throws {
    try await withStoreFile { path in
      for _ in 0..<3 {
        let database = try await SQLiteDatabase.open(.file(path), migrations: Register.migrations)
        #expect(try await Self.put("a", Self.key(), Register(database)) == "1")
        await database.close()
      }
    }
  }

  @Test("Answers are kept as long as is stated, and no longer than a trim after that")
  func retention() async throws {
    let clock = TestClock()
    try await withRegister(clock: { clock.now }) { (register: Register) async throws in
      #expect(try await Self.put("a", Self.key(), register) == "1")
      clock.advance(by: RequestLog.retention)
      try await register.feed.trim()
      #expect(try await Self.put("a", Self.key(), register) == "1")
      clock.advance(by: .seconds(1))
      try await register.feed.trim()
      #expect(try await Self.put("a", Self.key(), register) == "2")
    }
  }
}
