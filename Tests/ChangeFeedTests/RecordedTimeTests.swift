import ChangeFeed
import Testing
import WellKnown

@Suite struct RecordedTimeTests {
  @Test(
    "A moment is a timestamp of whole microseconds, and comes back",
    arguments: [
      (0, 0, 0), (1, 0, 1000), (1_700_000_000_123_456, 1_700_000_000, 123_456_000),
      (-1, -1, 999_999_000), (-1_000_000, -1, 0), (-1_500_000, -2, 500_000_000),
    ] as [(Int64, Int64, Int32)])
  func timestamps(microseconds: Int64, seconds: Int64, nanos: Int32) {
    let time = RecordedTime(microseconds: microseconds)
    #expect(time.timestamp == GoogleProtobuf.Timestamp(seconds: seconds, nanos: nanos))
    #expect(RecordedTime(time.timestamp) == time)
  }

  @Test("Parts of a microsecond are cut off")
  func cutOff() {
    let time = RecordedTime(GoogleProtobuf.Timestamp(seconds: 5, nanos: 999_999_999))
    #expect(time?.microseconds == 5_999_999)
  }

  @Test(
    "What does not fit is no moment",
    arguments: [
      GoogleProtobuf.Timestamp(seconds: .max), GoogleProtobuf.Timestamp(seconds: .min),
      GoogleProtobuf.Timestamp(seconds: 0, nanos: -1),
    ])
  func overflow(time: GoogleProtobuf.Timestamp) {
    #expect(RecordedTime(time) == nil)
  }

  @Test("Now is now, and moves on")
  func now() {
    let first = RecordedTime.now
    #expect(first > RecordedTime(microseconds: 1_700_000_000_000_000))
    #expect(RecordedTime.now >= first)
    #expect(first.advanced(by: .milliseconds(-5)).duration(to: first) == .milliseconds(5))
  }
}
