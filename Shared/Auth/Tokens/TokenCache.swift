internal import Synchronization

/// Tokens that were verified lately, by their whole text. Never more than twice `capacity`: when
/// the young half is full it becomes the old one, and what nobody asked for meanwhile goes.
final class TokenCache: Sendable {
  struct Verified: Sendable {
    let principal: Principal
    let expiry: Int64
  }

  private let capacity: Int
  private let halves = Mutex(Halves())

  private struct Halves {
    var young: [String: Verified] = [:]
    var old: [String: Verified] = [:]
  }

  init(capacity: Int) { self.capacity = capacity }

  var count: Int { halves.withLock { $0.young.count + $0.old.count } }

  subscript(_ token: String) -> Verified? {
    get {
      halves.withLock { halves in
        if let verified = halves.young[token] { return verified }
        guard let verified = halves.old.removeValue(forKey: token) else { return nil }
        add(verified, token, &halves)
        return verified
      }
    }
    set {
      guard let newValue, capacity > 0 else { return }
      halves.withLock { add(newValue, token, &$0) }
    }
  }

  private func add(_ verified: Verified, _ token: String, _ halves: inout Halves) {
    if halves.young.count >= capacity {
      halves.old = halves.young
      halves.young = [:]
    }
    halves.young[token] = verified
  }
}
