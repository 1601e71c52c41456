/// How far a long work is, on a terminal; elsewhere nothing.
///
/// Plain ASCII on one line that is drawn over, at most ten times a second.
struct ProgressBar {
  private static let width = 30
  private static let period = Duration.milliseconds(100)

  private let title: String
  private let total: Int
  private let isShown: Bool
  private var drawn: ContinuousClock.Instant?

  init(_ title: String, of total: Int, isShown: Bool = Terminal.redraws) {
    self.title = title
    self.total = total
    self.isShown = isShown
  }

  mutating func show(_ done: Int) {
    let now = ContinuousClock.now
    guard isShown, drawn.map({ now - $0 >= Self.period }) ?? true else { return }
    drawn = now
    Terminal.tell(raw: "\r" + line(done))
  }

  /// Takes the line away: what comes next begins on a clean one.
  mutating func clear() {
    guard isShown, drawn != nil else { return }
    Terminal.tell(raw: "\r" + String(repeating: " ", count: line(total).count) + "\r")
    drawn = nil
  }

  func line(_ done: Int) -> String {
    let share = total > 0 ? min(1, Double(done) / Double(total)) : 0
    let marks = Int(share * Double(Self.width))
    let bar =
      String(repeating: "#", count: marks) + String(repeating: ".", count: Self.width - marks)
    let percent = "\(Int(share * 100))"
    let digits = String(repeating: " ", count: 3 - percent.count) + percent
    return "\(title) [\(bar)] \(digits)% \(done) of \(total)"
  }
}
