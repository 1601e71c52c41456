internal import Foundation

/// What a test that measures may allow: a program under a sanitizer takes some times the time and
/// the memory of another.
package enum Slack {
  package static let factor =
    ProcessInfo.processInfo.environment["CABILDO_SANITIZER"] == nil ? 1 : 5
}
