internal import NIOCore

/// Has a listener rest for a moment when the system gives no more sockets. The next connection
/// would wait at the door all the while, and the loop would do nothing but ask for it.
final class AcceptingPause: ChannelInboundHandler {
  typealias InboundIn = any Channel

  private static let length = TimeAmount.milliseconds(100)

  private let observer: (any ConnectionObserver)?
  private var isResting = false

  init(_ observer: (any ConnectionObserver)?) { self.observer = observer }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard error is IOError else { return context.fireErrorCaught(error) }
    guard !isResting else { return }
    isResting = true
    observer?.cannotAccept("\(error)")
    try? context.channel.syncOptions?.setOption(.autoRead, value: false)
    let this = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: Self.length) {
      let (pause, context) = this.value
      pause.isResting = false
      try? context.channel.syncOptions?.setOption(.autoRead, value: true)
    }
  }
}
