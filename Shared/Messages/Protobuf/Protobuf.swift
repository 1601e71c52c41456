/// Protobuf messages as Swift values, over protobuf-c. No files, no sockets, no RPC.
///
///     bytes ──▶ WireScanner (limits, UTF-8) ──▶ protobuf-c, into an Arena ──▶ Message.init
///     bytes ◀── MessageWriter ◀── Message.encode(into:)
///     JSON  ◀─▶ JSONValue ◀─▶ Message
///
/// The generated types (`WellKnown`, `Messages`) conform to `Message`; each carries the table
/// that protobuf-c decodes by. What protobuf-c would refuse or lose although the standard keeps
/// it (a field of another wire type, a group, a sub-message sent in parts) is put in order by
/// `WireRewriter` before protobuf-c sees it.
///
/// Limits are in `DecodingLimits` and `JSONLimits`. Start at `Message`.
