#include "CProtobufLayout.h"

_Static_assert(sizeof(cabildo_bytes) == sizeof(ProtobufCBinaryData), "size of bytes");
_Static_assert(
    offsetof(cabildo_bytes, data) == offsetof(ProtobufCBinaryData, data), "place of bytes");
_Static_assert(sizeof(cabildo_message) == sizeof(ProtobufCMessage *), "size of a message");
