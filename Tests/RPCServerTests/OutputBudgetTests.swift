import RPC
import Testing

@testable import RPCServer

/// What waits for peers that do not take it, on all connections of a server together.
@Suite struct OutputBudgetTests {
  private let start = ContinuousClock.now
  private let budget = OutputBudget(limit: 1000)

  private func report(_ bytes: Int, of number: Int64, after seconds: Double = 0) {
    budget.report(bytes, of: EntityNumber(rawValue: number), at: start + .seconds(seconds))
  }

  private func overdue(after seconds: Double) -> [Int64] {
    budget.overdue(at: start + .seconds(seconds)).map(\.rawValue)
  }

  @Test("There is room up to the limit, and again when something is taken or its peer is gone")
  func room() {
    report(600, of: 1)
    report(300, of: 2)
    #expect(budget.hasRoom(for: 100) && !budget.hasRoom(for: 101))
    report(500, of: 1)
    #expect(budget.hasRoom(for: 200) && !budget.hasRoom(for: 201))
    report(0, of: 2)
    report(0, of: 1)
    report(0, of: 3)
    #expect(budget.hasRoom(for: 1000) && !budget.hasRoom(for: 1001))
  }

  @Test("It is tight above half of the limit")
  func tight() {
    report(500, of: 1)
    #expect(!budget.isTight)
    report(1, of: 2)
    #expect(budget.isTight)
    report(0, of: 2)
    #expect(!budget.isTight)
  }

  @Test("Nobody has to go while there is room, however long they have stalled")
  func patient() {
    report(500, of: 1)
    #expect(overdue(after: 1000) == [])
  }

  @Test("Who stalled the longest goes first, and no more than are needed")
  func longestFirst() {
    report(300, of: 1, after: 0.2)
    report(300, of: 2, after: 0)
    report(300, of: 3, after: 0.1)
    #expect(overdue(after: 0.9) == [])
    #expect(overdue(after: 1.05) == [2])
    #expect(overdue(after: 5) == [2, 3])
  }

  @Test("Who takes some has not stalled; who is only given more has")
  func progress() {
    report(300, of: 1)
    report(300, of: 2)
    report(299, of: 1, after: 0.5)
    report(400, of: 2, after: 0.5)
    #expect(overdue(after: 1.2) == [2])
    report(0, of: 2, after: 1.3)
    report(700, of: 1, after: 1.3)
    #expect(overdue(after: 1.4) == [])
    #expect(overdue(after: 1.6) == [1])
  }

  @Test("Who was turned away is told once when there is room, unless gone by then")
  func turnedAway() {
    for number in [1, 2, 1, 3] as [Int64] { budget.turnAway(EntityNumber(rawValue: number)) }
    budget.forget(EntityNumber(rawValue: 2))
    #expect(Set(budget.takeTurnedAway().map(\.rawValue)) == [1, 3])
    #expect(budget.takeTurnedAway() == [])
  }

  @Test("One watches at a time")
  func watching() {
    #expect(budget.beginWatching())
    #expect(!budget.beginWatching())
    budget.endWatching()
    #expect(budget.beginWatching())
  }
}
