import Synchronization

/// What a method's calls have shown of it. The gateway decodes nothing and knows no method's kind,
/// but which calls last it must tell: they may not take the places of those that are soon over.
///
/// A method is brief once a call of it has been answered with one message and OK, and never again
/// when one was answered with more. Until it is known, a few calls may try.
final class MethodHabit: Sendable {
  private enum Kind: Int { case unknown, brief, lasting }

  private let kind = Atomic(Kind.unknown.rawValue)
  private let trying = Atomic(0)

  /// Calls of a method not known yet that count as brief.
  private static let maxTrying = 4

  /// Which share the next call belongs to. Whoever asks calls `ended` when the call has.
  func begin() -> Upstream.Share {
    let before = trying.wrappingAdd(1, ordering: .relaxed).oldValue
    switch Kind(rawValue: kind.load(ordering: .relaxed)) {
    case .brief: return .brief
    case .lasting: return .lasting
    case .unknown, nil: return before < Self.maxTrying ? .brief : .lasting
    }
  }

  func ended() { trying.wrappingSubtract(1, ordering: .relaxed) }

  /// A call was answered with OK after so many messages, or has got so many so far.
  func answered(messages: Int, isOver: Bool) {
    if messages > 1 || (isOver && messages == 0) {
      kind.store(Kind.lasting.rawValue, ordering: .relaxed)
    } else if isOver {
      _ = kind.compareExchange(
        expected: Kind.unknown.rawValue, desired: Kind.brief.rawValue, ordering: .relaxed)
    }
  }
}
