/// The last things that happened to a channel or a connection, for a person who asks why it is as
/// it is. Old ones make room for new ones.
package struct EventTrace: Hashable, Sendable {
  package static let capacity = 30

  package struct Event: Hashable, Sendable {
    package enum Severity: Hashable, Sendable { case info, warning, error }

    package let at: ContinuousClock.Instant
    package let severity: Severity
    package let text: String
  }

  package let created: ContinuousClock.Instant
  /// Events there were, those that made room among them.
  package private(set) var total: Int64 = 0
  /// The newest last.
  package private(set) var events: [Event] = []

  package init(created: ContinuousClock.Instant = .now) { self.created = created }

  package mutating func add(
    _ text: String, _ severity: Event.Severity = .info, at now: ContinuousClock.Instant = .now
  ) {
    total += 1
    if events.count == Self.capacity { events.removeFirst() }
    events.append(Event(at: now, severity: severity, text: text))
  }
}
