internal import NIOCore
internal import NIOHTTP1
internal import RPC

/// Answers HTTP/1.1: the pages operators read, and for anyone else what this port speaks.
///
/// `HTTPServerPipelineHandler` before it hands over one request at a time, and the next, or the
/// error in it, when the answer is written.
final class PlainPages: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  static let sentence =
    "This port speaks gRPC over HTTP/2, and HTTP/1.1 only for its own few pages."

  private let pages: [String: Page]
  private let timeout: TimeAmount
  private var request: HTTPRequestHead?
  private var isAnswering = false
  /// No further request is answered.
  private var isLast = false
  private var patience: Scheduled<Void>?

  /// `timeout` is how long the caller may keep us waiting.
  init(_ pages: [String: Page], timeout: Duration) {
    self.pages = pages
    self.timeout = TimeAmount(timeout)
  }

  func handlerAdded(context: ChannelHandlerContext) { awaitCaller(context) }

  func handlerRemoved(context: ChannelHandlerContext) { patience?.cancel() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): request = head
    case .body: break
    case .end:
      guard let head = request.take(), !isLast else { return }
      patience?.cancel()
      answer(head, context)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard let order = event as? ConnectionOrder else {
      return context.fireUserInboundEventTriggered(event)
    }
    isLast = true
    if case .drain = order, isAnswering { return }
    context.close(promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard error is HTTPParserError, !isLast else { return context.close(promise: nil) }
    let answer = PageAnswer(status: 400, body: "\(Self.sentence)\n")
    send(answer, isHead: false, keepAlive: false, context)
  }

  private func awaitCaller(_ context: ChannelHandlerContext) {
    patience?.cancel()
    let loop = context.eventLoop
    let context = NIOLoopBound(context, eventLoop: loop)
    patience = loop.scheduleTask(in: timeout) { context.value.close(promise: nil) }
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let query = parts.count > 1 ? String(parts[1]) : ""
    guard let page = pages[String(parts[0])] else {
      let body = "\(Self.sentence)\nPages: \(pages.keys.sorted().joined(separator: " "))\n"
      let answer = PageAnswer(status: head.method == .POST ? 415 : 404, body: body)
      return send(answer, isHead: head.method == .HEAD, keepAlive: false, context)
    }
    guard head.method == .GET || head.method == .HEAD else {
      let answer = PageAnswer(status: 405, body: "This page can only be read: use GET.\n")
      return send(answer, isHead: false, keepAlive: false, context)
    }
    let (isHead, keepAlive) = (head.method == .HEAD, head.isKeepAlive)
    isAnswering = true
    let this = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let loop = context.eventLoop
    Task {
      let answer = await page(query)
      loop.execute {
        let (handler, context) = this.value
        handler.send(answer, isHead: isHead, keepAlive: keepAlive, context)
      }
    }
  }

  private func send(
    _ answer: PageAnswer, isHead: Bool, keepAlive: Bool, _ context: ChannelHandlerContext
  ) {
    guard context.channel.isActive else { return }
    isAnswering = false
    let keepAlive = keepAlive && !isLast
    isLast = !keepAlive
    // Before writing: the end of the answer lets in the next request.
    awaitCaller(context)
    var headers: HTTPHeaders = [
      "content-type": answer.contentType, "content-length": String(answer.body.utf8.count),
    ]
    if !keepAlive { headers.add(name: "connection", value: "close") }
    if answer.status == 405 { headers.add(name: "allow", value: "GET, HEAD") }
    let status = HTTPResponseStatus(statusCode: answer.status)
    context.write(
      wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))),
      promise: nil)
    if !isHead {
      let body = context.channel.allocator.buffer(string: answer.body)
      context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    }
    let done = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    guard !keepAlive else { return }
    done.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
  }
}
