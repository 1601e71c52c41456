import RPC
import Testing

@Suite struct TimeoutTests {
  @Test(
    "grpc-timeout is one to eight digits and a unit",
    arguments: [
      ("1H", Duration.seconds(3600)), ("2M", .seconds(120)), ("3S", .seconds(3)),
      ("4m", .milliseconds(4)), ("5u", .microseconds(5)), ("6n", .nanoseconds(6)),
      ("0n", .zero), ("99999999H", .seconds(99_999_999 * 3600)), ("00000001S", .seconds(1)),
      ("", nil), ("S", nil), ("1", nil), ("1s", nil), ("-1S", nil), ("+1S", nil), ("1.5S", nil),
      ("123456789S", nil), ("1 S", nil), ("1SS", nil), ("٣S", nil),
    ])
  func parsing(text: String, expected: Duration?) {
    #expect(Timeout.parse(Array(text.utf8)) == expected)
  }

  @Test(
    "A duration is written in eight digits, never shorter than it is and hardly longer",
    arguments: [
      Duration.zero, .nanoseconds(1), .nanoseconds(99_999_999), .nanoseconds(100_000_000),
      .milliseconds(1500), .microseconds(99_999_999), .seconds(1), .seconds(100), .seconds(99_999),
      .seconds(86_400), .seconds(99_999_999), .seconds(100_000_000), .seconds(10_000_000_000),
      .nanoseconds(1_999_999_999),
    ])
  func writing(duration: Duration) throws {
    let text = Timeout.text(duration)
    let back = try #require(Timeout.parse(Array(text.utf8)), "\(text)")
    #expect(back >= duration)
    #expect(back <= duration + max(.microseconds(2), duration / 1000))
  }
}
