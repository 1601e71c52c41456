#pragma once

#include <protobuf-c/protobuf-c.h>

// Members of generated structs, laid out as protobuf-c's own but marked safe for Swift: only the
// codec looks inside.

// A string or bytes: a ProtobufCBinaryData.
typedef struct {
  size_t len;
  uint8_t *data;
} __attribute__((swift_attr("@safe"))) cabildo_bytes;

// A message, or NULL.
typedef struct {
  ProtobufCMessage *message;
} __attribute__((swift_attr("@safe"))) cabildo_message;

// The bit in a field's flags that says of a cabildo_bytes: UTF-8.
enum { CABILDO_FIELD_FLAG_STRING = 1 << 16 };
