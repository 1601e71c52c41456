/// What an HTTP/1.1 GET of a path answers: status, content type and body.
package typealias Page = @Sendable (_ query: String) async -> PageAnswer

package struct PageAnswer: Sendable, Hashable {
  package let status: Int
  package let contentType: String
  package let body: String

  package init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: String) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }
}
