internal import Messages
internal import Protobuf
package import RPC

/// The pages by which those who start, stop and route to servers ask how one is.
extension HealthRegister {
  /// `/healthz` answers 200 while the process can answer at all. `/readyz` answers 200 while the
  /// server as a whole is SERVING and 503 otherwise, with `?verbose` a line for every service.
  package var pages: [String: Page] {
    [
      "/healthz": { _ in PageAnswer(body: "ok\n") },
      "/readyz": { query in
        self.readiness(isVerbose: query.split(separator: "&").contains("verbose"))
      },
    ]
  }

  private func readiness(isVerbose: Bool) -> PageAnswer {
    let all = all
    let isReady = all[""] == .serving
    var body = isReady ? "ok\n" : "not ready\n"
    if isVerbose {
      for (service, status) in all.sorted(by: { $0.key < $1.key }) where !service.isEmpty {
        body += "\(service) \(status.name ?? "\(status.number)")\n"
      }
    }
    return PageAnswer(status: isReady ? 200 : 503, body: body)
  }
}
