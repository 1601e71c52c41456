/// A page of metrics read as strictly as its format is written (Prometheus text format 0.0.4): what
/// a lenient reader would forgive is an error here.
package struct MetricsPage: Sendable {
  package struct Fault: Error, CustomStringConvertible {
    package let description: String
  }

  package struct Sample: Hashable, Sendable {
    package let name: String
    package let labels: [String: String]
  }

  package private(set) var samples: [Sample: Double] = [:]
  package private(set) var types: [String: String] = [:]
  private var helped: Set<String> = []
  private var family: String?
  private var finished: Set<String> = []

  package init(_ text: String) throws(Fault) {
    guard text.hasSuffix("\n") else { throw Fault(description: "the last line does not end") }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      do throws(Fault) {
        try line.hasPrefix("#") ? readComment(line) : readSample(line)
      } catch {
        throw Fault(description: "\(error): \(line)")
      }
    }
    try checkHistograms()
  }

  /// The value of the one sample that has these labels, among others.
  package func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
    let found = samples.filter { sample, _ in
      sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
    }
    return found.count == 1 ? found.first?.value : nil
  }

  /// All of them together.
  package func sum(_ name: String, _ labels: [String: String] = [:]) -> Double {
    samples.filter { sample, _ in
      sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
    }.values.reduce(0, +)
  }

  private mutating func readComment(_ line: Substring) throws(Fault) {
    let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "#" else { throw Fault(description: "a stray comment") }
    let name = String(parts[2])
    guard Self.isName(name) else { throw Fault(description: "no name") }
    switch parts[1] {
    case "HELP":
      guard helped.insert(name).inserted else { throw Fault(description: "HELP again") }
      if let family { finished.insert(family) }
      family = name
      _ = try Self.unescaped(parts[3], quotes: false)
    case "TYPE":
      guard family == name, types[name] == nil else { throw Fault(description: "TYPE astray") }
      guard ["counter", "gauge", "histogram"].contains(parts[3]) else {
        throw Fault(description: "no such type")
      }
      types[name] = String(parts[3])
    default: throw Fault(description: "neither HELP nor TYPE")
    }
  }

  private mutating func readSample(_ line: Substring) throws(Fault) {
    var rest = line
    let name = String(rest.prefix { $0 != "{" && $0 != " " })
    rest = rest.dropFirst(name.count)
    guard Self.isName(name), let family, let type = types[family], !finished.contains(family)
    else { throw Fault(description: "a sample outside of its family") }
    let endings = type == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
    guard endings.contains(where: { name == family + $0 }) else {
      throw Fault(description: "a sample of another family")
    }
    var labels: [String: String] = [:]
    if rest.first == "{" { labels = try Self.labels(&rest) }
    guard rest.popFirst() == " ", let value = Self.number(rest) else {
      throw Fault(description: "no number")
    }
    guard type == "gauge" || value >= 0 else { throw Fault(description: "a negative count") }
    let sample = Sample(name: name, labels: labels)
    guard samples.updateValue(value, forKey: sample) == nil else {
      throw Fault(description: "a sample twice")
    }
  }

  private static func labels(_ rest: inout Substring) throws(Fault) -> [String: String] {
    var labels: [String: String] = [:]
    rest = rest.dropFirst()
    repeat {
      let name = String(rest.prefix { $0 != "=" && $0 != "}" })
      rest = rest.dropFirst(name.count)
      guard isName(name), !name.contains(":"), rest.hasPrefix("=\"") else {
        throw Fault(description: "no label")
      }
      rest = rest.dropFirst(2)
      var end = rest.startIndex
      while end < rest.endIndex, rest[end] != "\"" {
        if rest[end] == "\\" { end = rest.index(after: end) }
        guard end < rest.endIndex else { throw Fault(description: "an open label") }
        end = rest.index(after: end)
      }
      guard end < rest.endIndex else { throw Fault(description: "an open label") }
      let value = try unescaped(rest[..<end], quotes: true)
      guard labels.updateValue(value, forKey: name) == nil else {
        throw Fault(description: "a label twice")
      }
      rest = rest[end...].dropFirst()
    } while rest.popFirst(if: ",")
    guard rest.popFirst() == "}" else { throw Fault(description: "open labels") }
    return labels
  }

  private static func unescaped(_ text: Substring, quotes: Bool) throws(Fault) -> String {
    var result = ""
    var rest = text
    while let character = rest.popFirst() {
      guard character == "\\" else {
        result.append(character)
        continue
      }
      switch rest.popFirst() {
      case "\\": result.append("\\")
      case "n": result.append("\n")
      case "\"" where quotes: result.append("\"")
      default: throw Fault(description: "no such escape")
      }
    }
    return result
  }

  private static func number(_ text: Substring) -> Double? {
    switch text {
    case "+Inf": .infinity
    case "-Inf": -.infinity
    case "NaN": .nan
    default: text.allSatisfy { "0123456789+-.e".contains($0) } ? Double(text) : nil
    }
  }

  private static func isName(_ text: String) -> Bool {
    text.wholeMatch(of: #/[a-zA-Z_:][a-zA-Z0-9_:]*/#) != nil
  }

  /// Buckets grow with their bounds, end with +Inf, and that is the count.
  private func checkHistograms() throws(Fault) {
    for (name, type) in types where type == "histogram" {
      let buckets = samples.filter { $0.key.name == "\(name)_bucket" }
      let series = Set(buckets.keys.map { $0.labels.filter { $0.key != "le" } })
      for labels in series {
        let mine = buckets.filter { bucket, _ in
          bucket.labels.filter { $0.key != "le" } == labels
        }.compactMap { bucket, count in
          bucket.labels["le"].flatMap { Self.number($0[...]) }.map { ($0, count) }
        }.sorted { $0.0 < $1.0 }
        let grows = zip(mine, mine.dropFirst()).allSatisfy { $0.1 <= $1.1 }
        guard grows, mine.last?.0 == .infinity,
          samples[Sample(name: "\(name)_count", labels: labels)] == mine.last?.1,
          samples[Sample(name: "\(name)_sum", labels: labels)] != nil
        else { throw Fault(description: "the histogram \(name) \(labels) is not whole") }
      }
    }
  }
}

extension Substring {
  fileprivate mutating func popFirst(if character: Character) -> Bool {
    guard first == character else { return false }
    removeFirst()
    return true
  }
}
