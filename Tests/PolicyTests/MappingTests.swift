import HTTP2
import RPC
import Testing

@Suite struct MappingTests {
  @Test(
    "HTTP statuses map as gRPC's table says",
    arguments: [
      (400, StatusCode.internal), (401, .unauthenticated), (403, .permissionDenied),
      (404, .unimplemented), (429, .unavailable), (502, .unavailable), (503, .unavailable),
      (504, .unavailable), (200, .unknown), (418, .unknown), (500, .unknown), (0, .unknown),
    ]
  )
  func httpStatus(status: Int, code: StatusCode) {
    #expect(StatusCode(httpStatus: status) == code)
  }

  @Test(
    "HTTP/2 error codes map as PROTOCOL-HTTP2 says",
    arguments: [
      (0, StatusCode.internal), (1, .internal), (2, .internal), (3, .internal), (4, .internal),
      (5, .internal), (6, .internal), (7, .unavailable), (8, .cancelled), (9, .internal),
      (10, .internal), (11, .resourceExhausted), (12, .permissionDenied), (13, .internal),
      (99, .internal),
    ] as [(UInt32, StatusCode)]
  )
  func errorCode(number: UInt32, code: StatusCode) {
    #expect(StatusCode(HTTP2ErrorCode(number)) == code)
  }

  @Test(
    "The deadline is the sooner of one's own and the inherited, minus a margin",
    arguments: [
      (nil, nil, nil), (5, nil, 5), (nil, 3, 2), (5, 3, 2), (1, 3, 1), (5, 0, -1),
    ] as [(Int?, Int?, Int?)]
  )
  func deadline(own: Int?, inherited: Int?, expected: Int?) {
    let now = ContinuousClock.now
    let deadline = CallDeadline.deadline(
      timeout: own.map { .seconds($0) }, inherited: inherited.map { now + .seconds($0) },
      margin: .seconds(1), now: now)
    #expect(deadline == expected.map { now + .seconds($0) })
  }

  @Test(
    "A traceparent that the standard says to ignore is ignored",
    arguments: [
      ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true),
      ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", true),
      ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", false),
      ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
      ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false),
      ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false),
      ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false),
      ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b71692033-01", false),
      ("", false),
    ]
  )
  func traceParent(text: String, isValid: Bool) {
    let inOurVersion = "00\(text.dropFirst(2).prefix(53))"
    #expect(TraceParent(text)?.description == (isValid ? inOurVersion : nil))
  }

  @Test("Settings of the method come before its service's, and those before all")
  func serviceConfig() {
    let config = ServiceConfig(methods: [
      MethodConfig(names: [.all], timeout: .seconds(1)),
      MethodConfig(names: [.service("a.B")], timeout: .seconds(2)),
      MethodConfig(names: [.method(service: "a.B", method: "C")], timeout: .seconds(3)),
    ])
    #expect(config.settings(of: "/a.B/C")?.timeout == .seconds(3))
    #expect(config.settings(of: "/a.B/D")?.timeout == .seconds(2))
    #expect(config.settings(of: "/a.X/C")?.timeout == .seconds(1))
    #expect(ServiceConfig().settings(of: "/a.B/C") == nil)
  }

  @Test("What is due first comes out first, whatever was put in and dropped")
  func deadlines() {
    var random = SeededGenerator(seed: 3)
    var queue = DeadlineQueue<Int>()
    let start = ContinuousClock.now
    for number in (0..<500).shuffled(using: &random) {
      queue.insert(number, due: start + .seconds(number))
    }
    queue.discard { $0 % 3 == 0 }
    #expect(queue.popDue(at: start) == nil)
    var popped: [Int] = []
    while let next = queue.popDue(at: start + .seconds(400)) { popped.append(next) }
    #expect(popped == (0...400).filter { $0 % 3 != 0 })
  }
}

@Suite struct CertificateNameTests {
  @Test(
    "A certificate's name covers a host exactly, or by one whole label",
    arguments: [
      ("a.example", "a.example", true), ("A.Example", "a.eXample.", true),
      ("*.example.org", "a.example.org", true), ("*.example.org", "a.b.example.org", false),
      ("*.example.org", "example.org", false), ("a*.example.org", "ab.example.org", false),
      ("*.org", "example.org", false), ("*", "localhost", false), ("localhost", "localhost", true),
      ("a.example", "b.example", false), ("", "", false), ("*.example.org", ".example.org", false),
    ]
  )
  func covers(pattern: String, host: String, covers: Bool) {
    #expect(CertificateName.covers(pattern, host: host) == covers)
  }
}
