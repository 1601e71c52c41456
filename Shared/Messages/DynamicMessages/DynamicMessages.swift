/// Messages of types that are known only at run time: JSON to bytes and bytes to JSON.
///
///     FileDescriptorProto bytes ──▶ DescriptorPool ──▶ MessageType, EnumType, ServiceType
///     JSON  ──▶ JSONToDynamic ──▶ DynamicMessage ──▶ bytes
///     bytes ──▶ DynamicDecoder ──▶ DynamicMessage ──▶ DynamicToJSON ──▶ JSON
///
/// It is the codec of `Protobuf` for those who have no generated types, a client that learned a
/// service by reflection: the same JSON, the same bytes, the same limits. What proto3 gives a JSON
/// form of its own (times, wrappers, `Struct`) is left to `WellKnown`.
///
/// Types of proto2 and editions can be loaded and mostly used: a group can not, an extension and a
/// default of one's own are as if they were not there.
///
/// Start at `DescriptorPool`.
