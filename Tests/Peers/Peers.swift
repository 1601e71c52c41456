/// The other side of the wire, for tests: a raw HTTP/2 peer that can be as wrong as it likes, and
/// foreign programs started and stopped.
///
///     RawPeer ── Frame, HeaderField ──▶ TCPSocket ──▶ the server under test
///     RawPeer ◀── Frame, HeaderDecoder ◀── TCPSocket ◀──
///
/// Written from RFC 9113 and RFC 7541 alone, importing nothing of the product, so that an error of
/// the product's is not repeated here. Every wait has an end.
///
/// Start at `RawPeer`; for processes at `Program`.
