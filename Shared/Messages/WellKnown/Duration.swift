package import Protobuf

/// In JSON seconds with an `s`: `"1.500s"`, at most 315,576,000,000 (10,000 years) either way.
extension GoogleProtobuf.Duration {
  package static var hasOwnJSONForm: Bool { true }
  private static let secondsMaximum: Int64 = 315_576_000_000

  package func jsonValue(_: JSONEncodingOptions) throws(JSONError) -> JSONValue {
    guard seconds.magnitude <= Self.secondsMaximum,
      nanos.magnitude < Fraction.nanosecondsPerSecond,
      seconds.signum() * Int64(nanos.signum()) >= 0
    else { throw JSONError("\(seconds) s and \(nanos) ns are no google.protobuf.Duration") }
    let sign = seconds < 0 || nanos < 0 ? "-" : ""
    return .string("\(sign)\(abs(seconds))\(Fraction.text(abs(nanos)))s")
  }

  package init(jsonValue: JSONValue, _: JSONDecodingOptions) throws(JSONError) {
    guard case .string(let text) = jsonValue else {
      throw JSONError("google.protobuf.Duration is a string of seconds such as \"1.5s\"")
    }
    guard let duration = Self(text: text) else {
      throw JSONError("\"\(text)\" is no google.protobuf.Duration")
    }
    self = duration
  }

  private init?(text: String) {
    var rest = text[...]
    let isNegative = rest.first == "-"
    if isNegative { rest = rest.dropFirst() }
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(digits.count)
    guard !digits.isEmpty, let seconds = Int64(digits), seconds <= Self.secondsMaximum,
      let nanos = Fraction.take(from: &rest), rest == "s"
    else { return nil }
    self.init(seconds: isNegative ? -seconds : seconds, nanos: isNegative ? -nanos : nanos)
  }
}
