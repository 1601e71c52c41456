/// How much a log line matters. `error`: somebody should look now; `warning`: it may become one;
/// `notice`: starts, stops and changes; `info`: refused calls; `debug`: every call.
package enum LogLevel: UInt8, Sendable, Comparable, CaseIterable {
  case debug, info, notice, warning, error

  package init?(_ name: String) {
    guard let level = Self.allCases.first(where: { "\($0)" == name }) else { return nil }
    self = level
  }

  package static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }
}
