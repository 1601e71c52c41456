/// Serves calls on sockets: one port for gRPC over HTTP/2 and for the few HTTP/1.1 pages that
/// operators read.
///
///     Server ──accepts──▶ Doorkeeper ──HTTP/2──▶ ServerConnection ──▶ ServerCallStream ──▶ handler
///                              └─────HTTP/1.1──▶ PlainPages
///
/// A connection lives on one event loop with its session, its calls and their handlers. Handlers
/// are run by the loop's `CallWorkers` at the end of a read cycle; what they produced goes out in
/// one write.
///
/// Start at `Server`.
