/// What holds for which days: segments in order that do not overlap. Days in none of them are not
/// spoken of.
///
/// It is the valid time of a record. The store keeps each segment with the recorded time from which
/// and until which the register said so; `difference` tells which of them a change ends and begins.
package struct Timeline<Content: Hashable & Sendable>: Hashable, Sendable {
  package struct Segment: Hashable, Sendable {
    package let period: Period
    package let content: Content

    package init(_ period: Period, _ content: Content) {
      self.period = period
      self.content = content
    }
  }

  /// In order; neighbours differ.
  package private(set) var segments: [Segment] = []

  package init(_ content: Content, during period: Period = .always) {
    self.init([Segment(period, content)])
  }

  /// Of segments that do not overlap, in any order.
  package init(_ segments: [Segment]) {
    for segment in segments.sorted(by: { $0.period.from < $1.period.from }) { append(segment) }
  }

  package subscript(day: Day) -> Segment? {
    segments.first { $0.period.contains(day) }
  }

  /// With another content in every part of a segment that `period` covers. Segments are split at
  /// its borders; what no segment spoke of stays so.
  package func changing<Failure: Error>(
    during period: Period, _ change: (Segment) throws(Failure) -> Content
  ) throws(Failure) -> Timeline {
    var result: [Segment] = []
    for segment in segments {
      let covered = segment.period.intersection(period)
      guard !covered.isEmpty else {
        result.append(segment)
        continue
      }
      let before = Period(from: segment.period.from, until: covered.from)
      let after = Period(from: covered.until, until: segment.period.until)
      if !before.isEmpty { result.append(Segment(before, segment.content)) }
      result.append(Segment(covered, try change(Segment(covered, segment.content))))
      if !after.isEmpty { result.append(Segment(after, segment.content)) }
    }
    return Timeline(result)
  }

  /// Each segment cut at the days that its content names, and every piece given its content.
  package func refined<Piece: Hashable & Sendable>(
    at borders: (Content) -> [Day], as content: (Content, Period) -> Piece
  ) -> Timeline<Piece> {
    Timeline<Piece>(
      segments.flatMap { segment -> [Timeline<Piece>.Segment] in
        let inside = borders(segment.content).filter {
          segment.period.from < $0 && $0 < segment.period.until
        }
        let days = [segment.period.from] + Set(inside).sorted() + [segment.period.until]
        return zip(days, days.dropFirst()).map { from, until in
          let period = Period(from: from, until: until)
          return Timeline<Piece>.Segment(period, content(segment.content, period))
        }
      })
  }

  package func map<Other: Hashable & Sendable>(_ content: (Content) -> Other) -> Timeline<Other> {
    Timeline<Other>(segments.map { .init($0.period, content($0.content)) })
  }

  /// The segments that end and those that begin when this takes the place of `old`.
  package func difference(from old: Timeline) -> (ended: [Segment], begun: [Segment]) {
    let mine = Set(segments)
    let others = Set(old.segments)
    return (
      old.segments.filter { !mine.contains($0) }, segments.filter { !others.contains($0) }
    )
  }

  private mutating func append(_ segment: Segment) {
    guard let last = segments.last, last.period.until == segment.period.from,
      last.content == segment.content
    else { return segments.append(segment) }
    let joined = Period(from: last.period.from, until: segment.period.until)
    segments[segments.count - 1] = Segment(joined, segment.content)
  }
}
