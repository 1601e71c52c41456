import Foundation
import Messages
import Peers
import RPC
import RPCClient
import Testing

/// What metrics and log say of calls, and the names that calls have.
@Suite struct CallTests {
  private static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  @Test("Every call is counted under its method and the status that its caller heard")
  func counted() async throws {
    let service = try await LiveService()
    try await service.withChannel { channel in
      for _ in 0..<3 { _ = try await channel.call("Echo", "a") }
      for text in ["it", "unforeseen"] {
        #expect(await failure { _ = try await channel.call("Fail", text) } != nil)
      }
      _ = await failure { _ = try await channel.call("Wait", "5000", timeout: .milliseconds(200)) }
      #expect(await failure { _ = try await channel.call("Nothing") }?.code == .unimplemented)
      let stream = try await channel.open(ClientRequest("/test.Test/Stream", .bidirectional))
      for _ in 0..<4 {
        try await stream.send(MessageFrame(payload: [1]), compress: false)
        _ = try await stream.nextMessage()
      }
      let open = try await service.metrics()
      #expect(open.value("cabildo_server_open_streams") == 1)
      #expect((open.value("cabildo_server_open_connections") ?? 0) >= 1)
      stream.cancel()

      let method = { ["grpc_service": "test.Test", "grpc_method": $0] }
      var page = try await service.metrics()
      for _ in 0..<100 where page.value("cabildo_server_open_streams") != 0 {
        try await Task.sleep(for: .milliseconds(20))
        page = try await service.metrics()
      }
      let handled = { (name: String, code: String) in
        page.value(
          "grpc_server_handled_total", method(name).merging(["grpc_code": code]) { $1 })
      }
      #expect(handled("Echo", "OK") == 3)
      #expect(handled("Fail", "NOT_FOUND") == 1)
      #expect(handled("Fail", "INTERNAL") == 1)
      #expect(handled("Wait", "DEADLINE_EXCEEDED") ?? handled("Wait", "CANCELLED") == 1)
      #expect(handled("Stream", "CANCELLED") == 1)
      #expect(page.value("grpc_server_started_total", method("Echo")) == 3)
      #expect(page.value("grpc_server_handling_seconds_count", method("Echo")) == 3)
      #expect(page.value("grpc_server_msg_received_total", method("Stream")) == 4)
      #expect(page.value("grpc_server_msg_sent_total", method("Stream")) == 4)
      let unknown = ["grpc_service": "unknown", "grpc_method": "unknown"]
      #expect(
        page.value(
          "grpc_server_handled_total", unknown.merging(["grpc_code": "UNIMPLEMENTED"]) { $1 })
          == 1)
      let bidirectional = ["grpc_type": "bidi_stream", "grpc_method": "Stream"]
      #expect(page.value("grpc_server_started_total", bidirectional) == 1)
    }
    #expect(try await service.end() == 0)
  }

  @Test("Requests that are none, and methods that callers make up, are one series")
  func refused() async throws {
    let service = try await LiveService()
    try await service.withChannel { channel in
      for number in 0..<50 {
        _ = await failure { _ = try await channel.call("MadeUp\(number)") }
      }
      // A header of bytes that are no base64 is malformed before there is a method.
      let port = try service.port
      let code = try await onThread {
        let peer = try RawPeer.started(port: UInt16(port))
        let headers = [
          (":method", "POST"), (":scheme", "http"), (":path", "/test.Test/Echo"),
          (":authority", "a"), ("te", "trailers"), ("content-type", "application/grpc"),
          ("x-bin", "!!!"),
        ].map { HeaderField($0.0, $0.1) }.headerBlock
        try peer.send(Frame(.headers, [.endHeaders, .endStream], stream: 1, payload: headers))
        try peer.listen(toEndOf: 1)
        return peer.answer(on: 1).fields["grpc-status"]
      }
      #expect(code == "13")
    }
    let page = try await service.metrics()
    let unknown = ["grpc_service": "unknown", "grpc_method": "unknown", "grpc_type": "unknown"]
    #expect(page.value("grpc_server_started_total", unknown) == 51)
    #expect(page.sum("grpc_server_handled_total", unknown) == 51)
    #expect(!page.samples.keys.contains { $0.labels["grpc_method"]?.hasPrefix("Made") == true })
    #expect(try await service.end() == 0)
  }

  @Test("The page has all that operators look for, in the format to the letter")
  func page() async throws {
    let service = try await LiveService()
    try await service.withChannel { channel in
      _ = try await channel.call("Note", "a")
      _ = try await channel.call("Count")
    }
    let headers = try await service.page("/metrics", ["-D", "-", "-o", "/dev/null"]).body
    #expect(headers.lowercased().contains("content-type: text/plain; version=0.0.4"))
    let page = try await service.metrics()
    for (name, type) in [
      ("grpc_server_started_total", "counter"), ("grpc_server_handled_total", "counter"),
      ("grpc_server_handling_seconds", "histogram"), ("cabildo_server_open_streams", "gauge"),
      ("cabildo_server_open_connections", "gauge"), ("cabildo_store_seconds", "histogram"),
      ("cabildo_store_writable", "gauge"), ("cabildo_build_info", "gauge"),
      ("process_cpu_seconds_total", "counter"), ("process_resident_memory_bytes", "gauge"),
      ("process_open_fds", "gauge"), ("process_start_time_seconds", "gauge"),
      ("cabildo_log_dropped_total", "counter"),
    ] {
      #expect(page.types[name] == type, "\(name)")
    }
    #expect(page.value("cabildo_store_writable") == 1)
    #expect(page.value("cabildo_build_info", ["service": "test", "version": "0.1.0"]) == 1)
    #expect((page.value("cabildo_store_seconds_count", ["operation": "commit"]) ?? 0) >= 1)
    #expect((page.value("cabildo_store_seconds_count", ["operation": "read"]) ?? 0) >= 1)
    #expect((page.value("cabildo_store_committed_writes_total") ?? 0) >= 1)
    #expect(try await service.end() == 0)
  }

  @Test("When the certificate expires is the moment that OpenSSL reads in it")
  func certificateExpiry() async throws {
    let certificate = Repository.certificates.appending(path: "server.pem").path
    let service = try await LiveService([
      "--tls-certificate-file", certificate, "--tls-key-file",
      Repository.certificates.appending(path: "server.key").path,
    ])
    let authority = Repository.certificates.appending(path: "ca.pem").path
    let (_, text) = try await Program.run(
      URL(filePath: "/usr/bin/curl"),
      ["-sS", "--http1.1", "--cacert", authority, "https://localhost:\(try service.port)/metrics"])
    let expiry = try #require(
      try MetricsPage(text).value("cabildo_tls_certificate_expiry_timestamp_seconds"))
    let (_, date) = try await Program.run(
      URL(filePath: "/bin/sh"),
      ["-c", "date -d \"$(openssl x509 -enddate -noout -in \(certificate) | cut -d= -f2)\" +%s"])
    #expect("\(Int(expiry))\n" == date)
    #expect(try await service.end() == 0)
  }

  @Test("A call that failed is logged with its names and reason, and nothing that was sent")
  func failureLogged() async throws {
    let service = try await LiveService()
    try await service.withChannel { channel in
      let metadata: Metadata = [
        "x-request-id": "request-7", "traceparent": Self.trace,
        "authorization": "Basic aGVsbG86d29ybGQ=",
      ]
      _ = await failure { _ = try await channel.call("Echo", "a", metadata) }
      _ = await failure {
        _ = try await channel.call("Fail", "Maria", ["x-request-id": "request-8"])
      }
    }
    let refused = try await service.logLine { $0["request_id"] as? String == "request-7" }
    #expect(refused["level"] as? String == "info")
    #expect(refused["message"] as? String == "call")
    #expect(refused["service"] as? String == "test")
    #expect(refused["method"] as? String == "/test.Test/Echo")
    #expect(refused["code"] as? String == "UNAUTHENTICATED")
    #expect(refused["reason"] as? String == "TOKEN_MALFORMED")
    #expect(refused["trace_id"] as? String == "0af7651916cd43dd8448eb211c80319c")
    #expect((refused["span_id"] as? String)?.count == 16)
    #expect(refused["span_id"] as? String != "b7ad6b7169203331")
    #expect((refused["peer"] as? String)?.hasPrefix("127.0.0.1:") == true)
    #expect((refused["duration_ms"] as? Double).map { 0...10_000 ~= $0 } == true)
    let failed = try await service.logLine { $0["request_id"] as? String == "request-8" }
    #expect(failed["reason"] as? String == "NOT_HERE")
    for secret in ["Maria", "aGVsbG8", "Basic"] {
      #expect(!service.program.printed.contains(secret))
    }
    #expect(try await service.end() == 0)
  }

  @Test("An unforeseen error is whole in the log and nowhere else; calls that went well are quiet")
  func unforeseen() async throws {
    let service = try await LiveService()
    try await service.withChannel { channel in
      _ = try await channel.call("Echo", "a")
      let error = await failure { _ = try await channel.call("Fail", "unforeseen") }
      #expect(error?.message == "internal error")
      let line = try await service.logLine { $0["level"] as? String == "error" }
      #expect(line["code"] as? String == "INTERNAL")
      #expect((line["error"] as? String)?.contains("what only the log may say") == true)
      #expect(try service.log().allSatisfy { $0["code"] as? String != "OK" })
    }
    #expect(try await service.end() == 0)
  }

  @Test("With debug every call is logged; a slow one is a warning")
  func everyCall() async throws {
    let service = try await LiveService(["--log-level=debug", "--slow-call=100ms"])
    try await service.withChannel { channel in
      _ = try await channel.call("Echo", "a", ["x-request-id": "quick"])
      _ = try await channel.call("Wait", "200", ["x-request-id": "slow"])
      _ = try await channel.call("Log", "abc", ["x-request-id": "inside"])
    }
    let quick = try await service.logLine { $0["request_id"] as? String == "quick" }
    #expect(quick["level"] as? String == "debug")
    #expect(quick["code"] as? String == "OK")
    let slow = try await service.logLine { $0["request_id"] as? String == "slow" }
    #expect(slow["level"] as? String == "warning")
    #expect(slow["message"] as? String == "slow call")
    // What a handler logs bears the names of its call.
    let inside = try await service.logLine { $0["message"] as? String == "asked to log" }
    #expect(inside["request_id"] as? String == "inside")
    #expect((inside["trace_id"] as? String)?.count == 32)
    #expect(try await service.end() == 0)
  }

  @Test(
    "The served call is a new span: of the caller's trace if it names one, else of a new one",
    arguments: [
      (trace, true), ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", true),
      ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true),
      ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false), ("", false),
      ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false), ("nonsense", false),
    ])
  func traces(header: String, isTaken: Bool) async throws {
    let (outer, inner) = (try await LiveService(), try await LiveService())
    let answer = try await outer.withChannel { channel in
      let own = try await channel.call("Names", "", ["traceparent": header]).split(separator: " ")
      let span = try #require(TraceParent(String(own[1])))
      #expect((span.traceID == "0af7651916cd43dd8448eb211c80319c") == isTaken)
      #expect(span.spanID != "b7ad6b7169203331")
      #expect(span.isSampled == (isTaken && header.contains("-01")))
      return try await channel.call(
        "Relay", "static:127.0.0.1:\(try inner.port)", ["traceparent": header])
    }
    let names = answer.split(separator: " ").map(String.init)
    let (served, received) = (
      try #require(TraceParent(names[1])), try #require(TraceParent(names[2]))
    )
    // The parent of the inner call is the span of the outer one, not of who called that.
    #expect(received.traceID == served.traceID)
    #expect((received.traceID == "0af7651916cd43dd8448eb211c80319c") == isTaken)
    #expect(received.spanID != "b7ad6b7169203331")
    #expect(served.spanID != received.spanID)
    #expect(received.description.hasPrefix("00-"))
    #expect(try await outer.end() == 0)
    #expect(try await inner.end() == 0)
  }

  @Test("A request id that is fit to be one is kept and goes back; others are replaced")
  func requestIDs() async throws {
    let service = try await LiveService()
    try await service.withChannel { channel in
      for (given, isKept) in [("a-1", true), (String(repeating: "x", count: 129), false)] {
        let stream = try await channel.open(
          ClientRequest(
            "/test.Test/Names", .unary, CallOptions(metadata: ["x-request-id": given]),
            soleMessage: MessageFrame(payload: [])))
        let answer = String(decoding: try await stream.soleMessage(), as: UTF8.self)
        let id = String(answer.split(separator: " ")[0])
        #expect((id == given) == isKept)
        #expect(!id.isEmpty && id.count <= 128)
        #expect(try await stream.initialMetadata()["x-request-id"] == (isKept ? given : nil))
      }
    }
    #expect(try await service.end() == 0)
  }
}
