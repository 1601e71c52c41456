/// The messages that others build on: `google.protobuf` and `google.rpc`.
///
/// `Generated` is written by `Protos/generate`. Beside it stand the JSON forms that proto3
/// defines for these types alone, and `Any`'s packing.
