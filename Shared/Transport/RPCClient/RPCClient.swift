/// Calls on other processes: `RPCChannel` puts the calls of `RPC` on HTTP/2 connections, over
/// SwiftNIO.
///
///     RPCChannel ──open──▶ OutgoingCall ──▶ ChannelBoard: which connection?
///                               ▲                 │ picks, published by
///       messages, status        │                 ▼
///     ClientConnection: one loop,                  ChannelControl: one task;
///     one HTTP2Session                             resolver, balancer, backoff
///           ▲ commands: ConnectionFace
///
/// A call is a small locked state that any thread may touch; a connection lives on its loop alone
/// and is told what to do through its face, whose commands of one tick share one flush. Nothing
/// else has threads in common. Decisions (retry, balancing, keepalive, what an answer means) are in
/// RPC/Policy.
///
/// Start at `RPCChannel`.
