/// The edge where bytes meet the operating system: addresses, TLS and event loops, over SwiftNIO.
/// What the bytes mean is known elsewhere.
