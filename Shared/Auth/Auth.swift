/// Who a caller is, by a signed token that any service can check alone.
///
///     SigningKey ─▶ TokenIssuer ─▶ token ─▶ TokenVerifier ─▶ Principal(subject, roles)
///                                             ▲ VerificationKeys (public, from a file)
///
/// Tokens are JWTs (RFC 7519) in the compact form, signed with Ed25519 (RFC 8037): one algorithm,
/// one issuer, one audience, short lives. There is no list of revoked tokens: a key that is taken
/// out of the file ends all tokens it has signed.
///
/// Knows nothing of calls; `ServiceRuntime/Calls` asks it. Start at `TokenVerifier`.
