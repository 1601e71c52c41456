/// Remote procedure calls as values: what a call is, what is on the wire, what a policy decides.
/// No sockets, no event loops; `RPCServer` and `RPCClient` put this on HTTP/2 connections.
///
///     Wire/    gRPC's bytes: metadata, status, timeouts, length-prefixed messages, compression
///     Call/    what handlers, clients and generated code hold: methods, contexts, streams
///     Policy/  decisions without I/O: retries, hedging, backoff, keepalive, balancing, health
///     Views/   what operators see of channels and connections
///
/// Start at `ServerCall` for the serving side and `CallInvoker` for the calling side.
