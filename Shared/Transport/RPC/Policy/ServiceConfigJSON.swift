internal import Protobuf
internal import WellKnown

/// Why a JSON text is no service config: where, and what is wrong there.
package struct ServiceConfigError: Error, Hashable, Sendable, CustomStringConvertible {
  /// `methodConfig[1].retryPolicy.maxAttempts`; empty for the text as a whole.
  package let path: String
  package let problem: String

  package var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}

extension ServiceConfig {
  /// Reads gRPC's JSON form. Fields it does not know are ignored, as the standard wants; of the
  /// balancing policies the first known one counts.
  package init(json text: String) throws(ServiceConfigError) {
    let root: ConfigNode
    do throws(JSONError) {
      var parser = JSONParser(.standard)
      root = ConfigNode(path: "", value: try parser.parse(Array(text.utf8).span))
    } catch {
      throw ServiceConfigError(path: error.path, problem: error.problem)
    }
    self.init()
    if let node = try root.child("loadBalancingConfig") { balancing = try node.balancing() }
    if let node = try root.child("methodConfig") {
      methods = try node.elements().map { node throws(ServiceConfigError) in try node.methods() }
      try Self.refuseDoubles(methods)
    }
    if let node = try root.child("retryThrottling") { throttle = try node.throttle() }
    if let node = try root.child("healthCheckConfig") {
      healthService = try node.child("serviceName")?.string()
    }
  }

  private static func refuseDoubles(_ methods: [MethodConfig]) throws(ServiceConfigError) {
    var seen: Set<MethodConfig.Name> = []
    for (index, config) in methods.enumerated() {
      for name in config.names where !seen.insert(name).inserted {
        throw ServiceConfigError(
          path: "methodConfig[\(index)].name", problem: "\(name) has its settings already")
      }
    }
  }
}

/// A value in the config and the way to it.
private struct ConfigNode {
  let path: String
  let value: JSONValue

  func wrong(_ problem: String) -> ServiceConfigError {
    ServiceConfigError(path: path, problem: problem)
  }

  /// Nil when there is none, or null.
  func child(_ name: String) throws(ServiceConfigError) -> ConfigNode? {
    guard case .object(let members) = value else { throw wrong("is not an object") }
    guard let member = members.first(where: { $0.name == name }), member.value != .null else {
      return nil
    }
    return ConfigNode(path: path.isEmpty ? name : "\(path).\(name)", value: member.value)
  }

  func required(_ name: String) throws(ServiceConfigError) -> ConfigNode {
    guard let node = try child(name) else { throw wrong("has no \(name)") }
    return node
  }

  func elements() throws(ServiceConfigError) -> [ConfigNode] {
    guard case .array(let values) = value else { throw wrong("is not an array") }
    return values.enumerated().map { ConfigNode(path: "\(path)[\($0)]", value: $1) }
  }

  func string() throws(ServiceConfigError) -> String {
    guard case .string(let text) = value else { throw wrong("is not a string") }
    return text
  }

  func bool() throws(ServiceConfigError) -> Bool {
    guard case .bool(let flag) = value else { throw wrong("is not true or false") }
    return flag
  }

  func positive(atMost maximum: Double) throws(ServiceConfigError) -> Double {
    guard case .number(let text) = value, let number = Double(text), number > 0, number <= maximum
    else { throw wrong("is not a number above 0 and at most \(Int(maximum))") }
    return number
  }

  /// Whole, and written as a number or, as protobuf does for wide ones, as a string.
  func integer(in range: ClosedRange<Int>) throws(ServiceConfigError) -> Int {
    let number: Int?
    switch value {
    case .number(let text): number = Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    case .string(let text): number = Int(text)
    default: number = nil
    }
    guard let number, range ~= number else {
      throw wrong("is not a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func duration(positive: Bool = false) throws(ServiceConfigError) -> Duration {
    guard let parsed = try? GoogleProtobuf.Duration(jsonValue: value, .standard) else {
      throw wrong("is not a string of seconds such as \"1.5s\"")
    }
    let duration = Duration.seconds(parsed.seconds) + .nanoseconds(Int64(parsed.nanos))
    guard duration > .zero || (!positive && duration == .zero) else {
      throw wrong("is not a time to come")
    }
    return duration
  }

  // MARK: The parts of a config

  func balancing() throws(ServiceConfigError) -> BalancingPolicy {
    for node in try elements() {
      if try node.child("round_robin") != nil { return .roundRobin }
      if let settings = try node.child("pick_first") {
        return .pickFirst(shuffled: try settings.child("shuffleAddressList")?.bool() ?? false)
      }
    }
    throw wrong("names neither pick_first nor round_robin")
  }

  func methods() throws(ServiceConfigError) -> MethodConfig {
    var names: Set<MethodConfig.Name> = []
    for node in try required("name").elements() { names.insert(try node.methodName()) }
    let (retry, hedging) = (try child("retryPolicy"), try child("hedgingPolicy"))
    guard retry == nil || hedging == nil else {
      throw wrong("has a retryPolicy and a hedgingPolicy; a method has one of them")
    }
    return MethodConfig(
      names: names, timeout: try child("timeout")?.duration(),
      waitForReady: try child("waitForReady")?.bool(),
      requestBytesMaximum: try child("maxRequestMessageBytes")?.integer(in: 0...Int(UInt32.max)),
      responseBytesMaximum: try child("maxResponseMessageBytes")?.integer(in: 0...Int(UInt32.max)),
      retry: try retry?.retryPolicy(), hedging: try hedging?.hedgingPolicy())
  }

  func methodName() throws(ServiceConfigError) -> MethodConfig.Name {
    let service = try child("service")?.string() ?? ""
    let method = try child("method")?.string() ?? ""
    guard !service.isEmpty else {
      guard method.isEmpty else { throw wrong("names a method but no service") }
      return .all
    }
    return method.isEmpty ? .service(service) : .method(service: service, method: method)
  }

  func retryPolicy() throws(ServiceConfigError) -> RetryPolicy {
    let multiplier = try required("backoffMultiplier")
    let codes = try required("retryableStatusCodes")
    let retryable = try codes.statusCodes()
    guard !retryable.isEmpty else { throw codes.wrong("is empty") }
    return RetryPolicy(
      attempts: try maxAttempts(),
      initialBackoff: try required("initialBackoff").duration(positive: true),
      maximumBackoff: try required("maxBackoff").duration(positive: true),
      backoffMultiplier: try multiplier.positive(atMost: RetryPolicy.multiplierMaximum),
      retryableCodes: retryable)
  }

  func hedgingPolicy() throws(ServiceConfigError) -> HedgingPolicy {
    HedgingPolicy(
      attempts: try maxAttempts(), delay: try child("hedgingDelay")?.duration() ?? .zero,
      nonFatalCodes: try child("nonFatalStatusCodes")?.statusCodes() ?? [])
  }

  private func maxAttempts() throws(ServiceConfigError) -> Int {
    try required("maxAttempts").integer(in: 2...Int(UInt32.max))
  }

  private func statusCodes() throws(ServiceConfigError) -> Set<StatusCode> {
    var codes: Set<StatusCode> = []
    for node in try elements() { codes.insert(try node.statusCode()) }
    return codes
  }

  /// By name in any case, or by number.
  func statusCode() throws(ServiceConfigError) -> StatusCode {
    let code: StatusCode?
    switch value {
    case .string(let name): code = StatusCode.allCases.first { $0.name == name.uppercased() }
    case .number(let text): code = Int(text).flatMap(StatusCode.init)
    default: code = nil
    }
    guard let code else { throw wrong("is no status code") }
    return code
  }

  func throttle() throws(ServiceConfigError) -> RetryThrottle {
    let ratio = try required("tokenRatio")
    return RetryThrottle(
      tokens: try required("maxTokens").integer(in: 1...RetryThrottle.tokensMaximum),
      ratio: try ratio.positive(atMost: RetryThrottle.ratioMaximum))
  }
}
