import RPC
import Testing

@Suite struct ServiceConfigTests {
  @Test("A whole config is read")
  func whole() throws {
    let config = try ServiceConfig(
      json: """
        {"loadBalancingConfig": [{"grpclb": {}}, {"round_robin": {}}, {"pick_first": {}}],
         "methodConfig": [
           {"name": [{"service": "a.B", "method": "C"}, {"service": "a.D"}], "timeout": "1.5s",
            "waitForReady": true, "maxRequestMessageBytes": 10, "maxResponseMessageBytes": "20",
            "retryPolicy": {"maxAttempts": 9, "initialBackoff": "0.1s", "maxBackoff": "1s",
              "backoffMultiplier": 1.5, "retryableStatusCodes": ["UNAVAILABLE", "aborted", 8]}},
           {"name": [{}], "somethingNew": 1}],
         "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1}}
        """)
    let retry = RetryPolicy(
      attempts: 5, initialBackoff: .milliseconds(100), maximumBackoff: .seconds(1),
      backoffMultiplier: 1.5, retryableCodes: [.unavailable, .aborted, .resourceExhausted])
    #expect(
      config
        == ServiceConfig(
          balancing: .roundRobin,
          methods: [
            MethodConfig(
              names: [.method(service: "a.B", method: "C"), .service("a.D")],
              timeout: .milliseconds(1500), waitForReady: true, requestBytesMaximum: 10,
              responseBytesMaximum: 20, retry: retry), MethodConfig(names: [.all]),
          ], throttle: RetryThrottle(tokens: 10, ratio: 0.1)))
  }

  @Test("An empty config is pick_first and nothing else")
  func empty() throws {
    #expect(try ServiceConfig(json: "{}") == ServiceConfig())
    #expect(
      try ServiceConfig(
        json: #"{"loadBalancingConfig":[{"pick_first":{"shuffleAddressList":true}}]}"#
      ).balancing == .pickFirst(shuffled: true))
  }

  /// A config whose retry policy has one setting changed.
  private static func retry(_ name: String, _ value: String) -> String {
    let settings = [
      "maxAttempts": "2", "initialBackoff": "\"1s\"", "maxBackoff": "\"1s\"",
      "backoffMultiplier": "2", "retryableStatusCodes": "[14]",
    ].merging([name: value]) { $1 }
    let policy = settings.map { "\"\($0)\":\($1)" }.joined(separator: ",")
    return #"{"methodConfig":[{"name":[{}],"retryPolicy":{"# + policy + "}}]}"
  }

  /// A config whose one method config has this hedging policy.
  private static func hedging(_ policy: String) -> String {
    #"{"methodConfig":[{"name":[{}],"hedgingPolicy":"# + policy + "}]}"
  }

  @Test("Hedging and the service whose health is watched are read")
  func hedgingAndHealth() throws {
    let full = #"{"maxAttempts":9,"hedgingDelay":"0.5s","nonFatalStatusCodes":["UNAVAILABLE",8]}"#
    #expect(
      try ServiceConfig(json: Self.hedging(full)).methods.first?.hedging
        == HedgingPolicy(
          attempts: 5, delay: .milliseconds(500), nonFatalCodes: [.unavailable, .resourceExhausted])
    )
    #expect(
      try ServiceConfig(json: Self.hedging(#"{"maxAttempts":2}"#)).methods.first?.hedging
        == HedgingPolicy(attempts: 2, delay: .zero, nonFatalCodes: []))
    let health = #""healthCheckConfig":{"serviceName":"a.B"}"#
    let watching = try ServiceConfig(
      json: #"{"loadBalancingConfig":[{"round_robin":{}}],"# + health + "}")
    #expect(watching.watchedService == "a.B")
    let pickFirst = try ServiceConfig(json: "{" + health + "}")
    #expect(pickFirst.healthService == "a.B")
    #expect(pickFirst.watchedService == nil)
    #expect(try ServiceConfig(json: "{}").healthService == nil)
  }

  @Test(
    "What is wrong is named by its path",
    arguments: [
      ("[]", ""), ("{", ""),
      (#"{"loadBalancingConfig":[{"grpclb":{}}]}"#, "loadBalancingConfig"),
      (#"{"loadBalancingConfig":{}}"#, "loadBalancingConfig"),
      (#"{"methodConfig":[{}]}"#, "methodConfig[0]"),
      (#"{"methodConfig":[{"name":[{"method":"M"}]}]}"#, "methodConfig[0].name[0]"),
      (#"{"methodConfig":[{"name":[{}]},{"name":[{}]}]}"#, "methodConfig[1].name"),
      (#"{"methodConfig":[{"name":[{}],"timeout":1}]}"#, "methodConfig[0].timeout"),
      (#"{"methodConfig":[{"name":[{}],"timeout":"-1s"}]}"#, "methodConfig[0].timeout"),
      (#"{"methodConfig":[{"name":[{}],"waitForReady":"yes"}]}"#, "methodConfig[0].waitForReady"),
      (
        #"{"methodConfig":[{"name":[{}],"maxRequestMessageBytes":-1}]}"#,
        "methodConfig[0].maxRequestMessageBytes"
      ),
      (retry("maxAttempts", "1"), "methodConfig[0].retryPolicy.maxAttempts"),
      (retry("initialBackoff", "\"0s\""), "methodConfig[0].retryPolicy.initialBackoff"),
      (retry("backoffMultiplier", "1e300"), "methodConfig[0].retryPolicy.backoffMultiplier"),
      (retry("backoffMultiplier", "0"), "methodConfig[0].retryPolicy.backoffMultiplier"),
      (retry("maxBackoff", "null"), "methodConfig[0].retryPolicy"),
      (retry("retryableStatusCodes", "[]"), "methodConfig[0].retryPolicy.retryableStatusCodes"),
      (
        retry("retryableStatusCodes", "[\"OK\"]"),
        "methodConfig[0].retryPolicy.retryableStatusCodes[0]"
      ),
      (hedging(#"{"hedgingDelay":"1s"}"#), "methodConfig[0].hedgingPolicy"),
      (hedging(#"{"maxAttempts":1}"#), "methodConfig[0].hedgingPolicy.maxAttempts"),
      (
        hedging(#"{"maxAttempts":2,"hedgingDelay":"-1s"}"#),
        "methodConfig[0].hedgingPolicy.hedgingDelay"
      ),
      (
        hedging(#"{"maxAttempts":2,"nonFatalStatusCodes":["NO"]}"#),
        "methodConfig[0].hedgingPolicy.nonFatalStatusCodes[0]"
      ),
      (hedging(#"{"maxAttempts":2},"retryPolicy":{}"#), "methodConfig[0]"),
      (#"{"healthCheckConfig":{"serviceName":1}}"#, "healthCheckConfig.serviceName"),
      (#"{"healthCheckConfig":[]}"#, "healthCheckConfig"),
      (#"{"retryThrottling":{"maxTokens":1001,"tokenRatio":1}}"#, "retryThrottling.maxTokens"),
      (#"{"retryThrottling":{"maxTokens":9,"tokenRatio":1e300}}"#, "retryThrottling.tokenRatio"),
      (#"{"retryThrottling":{"maxTokens":9,"tokenRatio":0}}"#, "retryThrottling.tokenRatio"),
      (#"{"retryThrottling":{"maxTokens":10}}"#, "retryThrottling"),
    ]
  )
  func wrong(json: String, path: String) {
    let error = #expect(throws: ServiceConfigError.self) { try ServiceConfig(json: json) }
    #expect(error?.path == path, "\(error.map(\.description) ?? "")")
  }
}
