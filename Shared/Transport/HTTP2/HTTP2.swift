/// HTTP/2 as values, over nghttp2. No sockets, no threads, no clock, no gRPC.
///
///     bytes from the peer ──▶ HTTP2Session.receive ──▶ [HTTP2Event] ──▶ the connection decides
///     bytes to the peer   ◀── HTTP2Session.nextOutput ◀── submit…   ◀── the connection answers
///
/// A session has one owner and never calls out: it reports what happened and is told what to say.
/// Flow control follows the reader: a stream's window opens when the owner says it consumed bytes.
///
/// Limits are in `HTTP2Limits`; a peer that passes one is told so with GOAWAY or RST_STREAM and a
/// reason, and what nghttp2 lets pass although RFC 9113 forbids it is caught in `Inbox`.
///
/// Start at `HTTP2Session`.
