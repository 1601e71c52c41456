"""Random values of any message type, such as have a JSON form too."""

import math
import random
import struct

from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor as F

INT_RANGES = {
    F.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    F.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    F.CPPTYPE_UINT32: (0, 2**32 - 1),
    F.CPPTYPE_UINT64: (0, 2**64 - 1),
}
ALPHABET = (
    "abcXYZ_019 \"\\/<>\n\t\x00\x7f\x1f"
    "\u00e9\u00df\u4e16\u2028\ufeff\ufffd\U0001f600\U0010ffff")


class Values:
    """Random values, all from one seed."""

    def __init__(self, seed, everything, pool):
        self.random = random.Random(seed)
        self.everything = everything
        self.pool = pool

    def text(self, longest=12):
        return "".join(self.random.choices(ALPHABET, k=self.random.randrange(longest)))

    def bytes(self, longest=12):
        return self.random.randbytes(self.random.randrange(longest))

    def integer(self, cpptype):
        low, high = INT_RANGES[cpptype]
        edge = self.random.choice([0, 1, -1, 127, 128, 16384, low, high, None, None])
        if edge is None:
            edge = self.random.randint(low, high) >> self.random.randrange(64)
        return min(max(edge, low), high)

    def floating(self, size):
        kind = self.random.randrange(8)
        if kind == 0:
            return self.random.choice([0.0, -0.0, 1.0, math.inf, -math.inf, math.nan, 1e16, 5e-324])
        if kind < 4:
            return self.random.uniform(-1000, 1000)
        code = "<f" if size == 4 else "<d"
        value = struct.unpack(code, self.random.randbytes(size))[0]
        return 0.5 if math.isnan(value) else value

    def scalar(self, field):
        cpptype = field.cpp_type
        if cpptype in INT_RANGES:
            return self.integer(cpptype)
        if cpptype == F.CPPTYPE_FLOAT:
            value = self.floating(4)
            return struct.unpack("<f", struct.pack("<f", value))[0] if abs(value) > 1e-40 else 0.0
        if cpptype == F.CPPTYPE_DOUBLE:
            return self.floating(8)
        if cpptype == F.CPPTYPE_BOOL:
            return self.random.random() < 0.5
        if cpptype == F.CPPTYPE_ENUM:
            numbers = [value.number for value in field.enum_type.values]
            is_null = field.enum_type.full_name == "google.protobuf.NullValue"
            return self.random.choice(numbers if is_null else numbers + [2, -1, 2**31 - 1])
        return self.text() if field.type == F.TYPE_STRING else self.bytes()

    def message(self, message, depth=0):
        """Fills a message with something its type allows in JSON too."""
        special = getattr(self, message.DESCRIPTOR.full_name.replace(".", "_"), None)
        if special:
            return special(message, depth)
        fields = list(message.DESCRIPTOR.fields)
        count = self.random.choice([0, 1, 2, 4, 8, 16]) if depth == 0 else self.random.randrange(4)
        for field in self.random.sample(fields, min(count, len(fields))):
            self.fill(message, field, depth)
        return message

    def fill(self, message, field, depth):
        is_message = field.cpp_type == F.CPPTYPE_MESSAGE
        if is_message and depth > 3:
            return
        if is_message and field.message_type.GetOptions().map_entry:
            key, value = field.message_type.fields
            for _ in range(self.random.randrange(1, 5)):
                map_field = getattr(message, field.name)
                name = self.scalar(key)
                if value.cpp_type == F.CPPTYPE_MESSAGE:
                    self.message(map_field[name], depth + 1)
                else:
                    map_field[name] = self.scalar(value)
        elif field.is_repeated:
            values = getattr(message, field.name)
            for _ in range(self.random.randrange(1, 6)):
                if is_message:
                    self.message(values.add(), depth + 1)
                else:
                    values.append(self.scalar(field))
        elif is_message:
            child = getattr(message, field.name)
            child.SetInParent()
            self.message(child, depth + 1)
        else:
            setattr(message, field.name, self.scalar(field))

    def google_protobuf_Timestamp(self, message, _):
        message.seconds = self.random.choice(
            [-62135596800, 253402300799, 0, self.random.randint(-62135596800, 253402300799)])
        message.nanos = self.nanoseconds()

    def google_protobuf_Duration(self, message, _):
        seconds = self.random.choice([0, 315576000000, self.random.randrange(10**6)])
        sign = self.random.choice([1, -1])
        message.seconds, message.nanos = sign * seconds, sign * self.nanoseconds()

    def nanoseconds(self):
        return self.random.choice([0, 1, 999999999, 500000000, self.random.randrange(10**9)])

    def google_protobuf_FieldMask(self, message, _):
        for _ in range(self.random.randrange(4)):
            message.paths.append(self.random.choice(["a", "foo_bar", "a.b_c.d", "x1_y"]))

    def google_protobuf_Value(self, message, depth):
        kind = self.random.randrange(6 if depth < 4 else 4)
        if kind == 0:
            message.null_value = 0
        elif kind == 1:
            value = self.floating(8)
            message.number_value = value if math.isfinite(value) else 1.5
        elif kind == 2:
            message.string_value = self.text()
        elif kind == 3:
            message.bool_value = self.random.random() < 0.5
        elif kind == 4:
            message.struct_value.SetInParent()
            self.message(message.struct_value, depth + 1)
        else:
            message.list_value.SetInParent()
            self.message(message.list_value, depth + 1)

    def google_protobuf_Any(self, message, depth):
        name = self.random.choice([
            "", "google.protobuf.Duration", "google.protobuf.Struct", "google.rpc.ErrorInfo",
            "cabildo.testing.v1.Everything.Nested", "google.protobuf.Empty",
            "google.protobuf.StringValue", "google.protobuf.Any"])
        if not name:
            return
        held = message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))()
        self.message(held, depth + 1)
        message.type_url = "type.googleapis.com/" + name
        message.value = held.SerializeToString(deterministic=True)

    def google_rpc_Status(self, message, depth):
        message.code = self.random.randrange(17)
        message.message = self.text()
        if self.random.random() < 0.5:
            self.google_protobuf_Any(message.details.add(), depth + 1)
