/// Why a program cannot start as it was told to. Ends it with exit code 2.
package struct SettingsError: Error, Hashable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  /// A name that nothing has, and the nearest that something has.
  static func unknown(_ name: String, in place: String?, nearest: String?) -> SettingsError {
    let end = nearest.map { "; did you mean \($0)?" } ?? "; --help lists what there is"
    return SettingsError("\(place.map { "\($0): " } ?? "")there is no setting \(name)\(end)")
  }
}

/// The known name that a mistyped one is closest to.
enum Spelling {
  /// Nil when none is close enough to have been meant.
  static func nearest(to name: String, among known: [String]) -> String? {
    let limit = max(2, name.count / 3)
    return known.map { ($0, distance(Array(name), Array($0))) }
      .filter { $0.1 <= limit }
      .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
  }

  /// Letters to insert, delete, change, or swap with their neighbour.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for (i, letter) in a.enumerated() {
      var row = [i + 1]
      for (j, other) in b.enumerated() {
        var least = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (letter == other ? 0 : 1))
        if i > 0, j > 0, letter == b[j - 1], a[i - 1] == other {
          least = min(least, rows[i - 1][j - 1] + 1)
        }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
