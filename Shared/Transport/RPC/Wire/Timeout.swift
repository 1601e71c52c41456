/// `grpc-timeout`: at most eight digits and a unit (PROTOCOL-HTTP2, "Requests").
package enum Timeout {
  /// Nil when the text is none.
  package static func parse(_ text: some BidirectionalCollection<UInt8>) -> Duration? {
    guard let unit = text.last else { return nil }
    let digits = text.dropLast()
    guard 1...8 ~= digits.count else { return nil }
    var amount: Int64 = 0
    for digit in digits {
      guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
      amount = amount * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    return switch unit {
    case UInt8(ascii: "H"): .seconds(amount * 3600)
    case UInt8(ascii: "M"): .seconds(amount * 60)
    case UInt8(ascii: "S"): .seconds(amount)
    case UInt8(ascii: "m"): .milliseconds(amount)
    case UInt8(ascii: "u"): .microseconds(amount)
    case UInt8(ascii: "n"): .nanoseconds(amount)
    default: nil
    }
  }

  /// The finest unit that holds the duration in eight digits, rounded up; never below 1 ns.
  package static func text(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0 else { return "1n" }
    let largest: Int64 = 99_999_999
    if seconds < 1 {
      let nanoseconds = max(1, (attoseconds + 999_999_999) / 1_000_000_000)
      if nanoseconds <= largest { return "\(nanoseconds)n" }
    }
    for (unit, perSecond) in [("u", Int64(1_000_000)), ("m", 1_000)]
    where seconds <= largest / perSecond - 1 {
      let fraction = attoseconds / (1_000_000_000_000_000_000 / perSecond)
      return "\(seconds * perSecond + fraction + 1)\(unit)"
    }
    for (unit, length) in [("S", Int64(1)), ("M", 60), ("H", 3600)]
    where seconds / length < largest {
      return "\(seconds / length + (seconds % length > 0 || attoseconds > 0 ? 1 : 0))\(unit)"
    }
    return "\(largest)H"
  }
}
