/// Rows under titles: aligned and cut to the width on a terminal, tab-separated elsewhere.
struct Table {
  private static let gap = "  "
  private static let narrowest = 8

  let titles: [String]
  let isNumber: [Bool]
  /// Nil where nobody looks: then nothing is cut or padded.
  let columns: Int?
  private var widths: [Int]?

  init(titles: [String], isNumber: [Bool], columns: Int?) {
    self.titles = titles
    self.isNumber = isNumber
    self.columns = columns
  }

  /// The lines of some rows; titles come before the first. The first rows set the widths.
  mutating func lines(_ rows: [[String]]) -> [String] {
    let rows = rows.map { $0.map(DisplayWidth.harmless) }
    let isFirst = widths == nil
    guard let columns else {
      widths = []
      return (isFirst ? [titles] + rows : rows).map { $0.joined(separator: "\t") }
    }
    let widths = self.widths ?? Self.widths([titles] + rows, in: columns)
    self.widths = widths
    let body = rows.map { line($0, widths) }
    return isFirst ? [Terminal.bold(line(titles, widths))] + body : body
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var line = ""
    for (index, cell) in cells.enumerated() {
      if index > 0 { line += Self.gap }
      let cell = DisplayWidth.fit(cell, in: widths[index])
      let isLast = index == cells.count - 1 && !isNumber[index]
      line += isLast ? cell : DisplayWidth.pad(cell, to: widths[index], right: isNumber[index])
    }
    return line
  }

  /// As wide as the widest cell; where that is too much, the widest columns give way together.
  private static func widths(_ rows: [[String]], in columns: Int) -> [Int] {
    guard let count = rows.first?.count, count > 0 else { return [] }
    let wanted = (0..<count).map { index in rows.map { DisplayWidth.of($0[index]) }.max() ?? 0 }
    let available = columns - gap.count * (count - 1)
    var most = min(available, wanted.max() ?? 0)
    while most > narrowest, wanted.reduce(0, { $0 + min($1, most) }) > available { most -= 1 }
    return wanted.map { min($0, max(most, narrowest)) }
  }
}
