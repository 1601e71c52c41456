internal import HTTP2

/// How much of one act is no flood, as an operator says it: `ping=2000/200` is 2,000 at once and
/// 200 a second.
struct FloodAllowance: Sendable, Hashable {
  let act: FloodGuard.Act
  let burst: Int
  let perSecond: Int

  private static let range = 0...1_000_000_000

  static let setting = Setting<[FloodAllowance]>(
    "flood-allowance", "ACT=BURST/SECOND", default: nil, isList: true,
    help: "What is no flood yet, at once and a second: ping=2000/200. The acts and their defaults "
      + "are in Protos/README.md."
  ) { text throws(SettingFault) in
    var allowances: [FloodAllowance] = []
    for part in (text ?? "").split(separator: ",") {
      let allowance = try FloodAllowance(part.trimming { $0 == " " })
      guard !allowances.contains(where: { $0.act == allowance.act }) else {
        throw SettingFault("names \(allowance.act.name) twice")
      }
      allowances.append(allowance)
    }
    return allowances
  }

  private init(_ text: Substring) throws(SettingFault) {
    let pair = text.split(separator: "=", omittingEmptySubsequences: false)
    let numbers = (pair.last ?? "").split(separator: "/", omittingEmptySubsequences: false)
      .compactMap { Int($0) }.filter(Self.range.contains)
    guard pair.count == 2, numbers.count == 2 else {
      throw SettingFault("is not ACT=BURST/SECOND, such as ping=2000/200")
    }
    let acts = FloodGuard.Act.allCases.filter { $0 != .endlessHeaders }
    guard let act = acts.first(where: { $0.name == pair[0] }) else {
      throw SettingFault("names none of \(acts.map(\.name).joined(separator: ", "))")
    }
    (self.act, burst, perSecond) = (act, numbers[0], numbers[1])
  }

  func apply(to allowances: inout FloodGuard.Allowances) {
    allowances[act].burst = burst
    allowances[act].perSecond = perSecond
  }
}
