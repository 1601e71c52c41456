"""Encodings with something done to them that a peer might do, right or wrong."""

from google.protobuf.descriptor import FieldDescriptor as F


def varint(value, padding=0):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    if padding:
        out.append(value | 0x80)
        out += b"\x80" * (padding - 1) + b"\x00"
    else:
        out.append(value)
    return bytes(out)


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def split(data):
    """The fields of well-formed bytes: number, wire type, content, and the whole."""
    fields = []
    at = 0
    while at < len(data):
        start = at
        if data[at] & 7 == 3 or data[at] & 7 == 4:
            at = end_of_group(data, at)
            fields.append((read_varint(data, start)[0] >> 3, 3, b"", data[start:at]))
            continue
        tag, at = read_varint(data, at)
        wire = tag & 7
        content = at
        if wire == 0:
            _, at = read_varint(data, at)
        elif wire == 1:
            at += 8
        elif wire == 5:
            at += 4
        else:
            length, content = read_varint(data, at)
            at = content + length
        fields.append((tag >> 3, wire, data[content:at], data[start:at]))
    return fields


def end_of_group(data, at):
    """Behind the group that starts there."""
    open_groups = 0
    while True:
        tag, at = read_varint(data, at)
        wire = tag & 7
        if wire == 0:
            _, at = read_varint(data, at)
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
        elif wire == 2:
            length, at = read_varint(data, at)
            at += length
        else:
            open_groups += 1 if wire == 3 else -1
        if open_groups == 0:
            return at


class Mutations:
    """What a peer might do to an encoding, right or wrong."""

    def __init__(self, values):
        self.values = values
        self.random = values.random

    def encoded(self):
        return self.values.message(self.values.everything()).SerializeToString()

    def number(self):
        fields = list(self.values.everything.DESCRIPTOR.fields)
        return self.random.choice(
            [self.random.choice(fields).number, self.random.choice(fields).number,
             self.random.choice([19, 200, 1000, 536870911, 536870909])])

    def stray(self, depth=0):
        """A well-formed field of some number and some wire type."""
        number, wire = self.number(), self.random.choice([0, 1, 2, 3, 5])
        padding = self.random.choice([0, 0, 0, 0, 1]) if number < 2000 else 0
        tag = varint(number << 3 | wire, padding)
        if wire == 0:
            return tag + varint(self.random.getrandbits(64) >> self.random.randrange(64),
                                self.random.choice([0, 0, 0, 1]))[:10]
        if wire == 1:
            return tag + self.random.randbytes(8)
        if wire == 5:
            return tag + self.random.randbytes(4)
        if wire == 2:
            content = b"" if self.random.random() < 0.3 else self.stray(depth + 1) if depth < 3 \
                else b"abc"
            return tag + varint(len(content)) + content
        inner = b"".join(self.stray(depth + 1) for _ in range(self.random.randrange(3))) \
            if depth < 3 else b""
        return tag + inner + varint(number << 3 | 4)

    def reordered(self):
        whole = [field[3] for field in split(self.encoded())]
        self.random.shuffle(whole)
        return b"".join(whole)

    def merged(self):
        return self.encoded() + self.encoded()

    def interleaved(self):
        whole = [field[3] for field in split(self.encoded() + self.encoded() + self.encoded())]
        self.random.shuffle(whole)
        return b"".join(whole)

    def with_strays(self):
        whole = [field[3] for field in split(self.encoded())]
        for _ in range(self.random.randrange(1, 4)):
            whole.insert(self.random.randrange(len(whole) + 1), self.stray())
        return b"".join(whole)

    def nested_strays(self):
        """Strays inside sub-messages, several levels down."""
        numbers = [17, 18, 37, 57, 58, 90, 91, 117, 118, 120, 131, 132, 136, 149]
        data = b"".join(self.stray() for _ in range(self.random.randrange(1, 3)))
        for _ in range(self.random.randrange(1, 5)):
            number = self.random.choice(numbers)
            data = varint(number << 3 | 2) + varint(len(data)) + data
            if self.random.random() < 0.5:
                data += self.stray() + data
        return self.encoded() + data

    def repacked(self):
        """Packed fields one by one, single ones packed, in pieces."""
        out = []
        for number, wire, content, whole in split(self.encoded()):
            field = self.values.everything.DESCRIPTOR.fields_by_number.get(number)
            is_scalar = field is not None and field.cpp_type not in (
                F.CPPTYPE_MESSAGE, F.CPPTYPE_STRING)
            if not is_scalar or not field.is_repeated:
                out.append(whole)
            elif wire == 2:
                out += self.unpacked(field, content)
            else:
                out.append(varint(number << 3 | 2) + varint(len(content)) + content)
        return b"".join(out)

    def unpacked(self, field, content):
        size = {F.TYPE_FIXED32: 4, F.TYPE_SFIXED32: 4, F.TYPE_FLOAT: 4, F.TYPE_FIXED64: 8,
                F.TYPE_SFIXED64: 8, F.TYPE_DOUBLE: 8}.get(field.type, 0)
        wire = {4: 5, 8: 1, 0: 0}[size]
        at = 0
        while at < len(content):
            end = at + size if size else read_varint(content, at)[1]
            yield varint(field.number << 3 | wire) + content[at:end]
            at = end

    def flipped(self):
        data = bytearray(self.encoded() or b"\x08\x01")
        for _ in range(self.random.randrange(1, 4)):
            data[self.random.randrange(len(data))] = self.random.randrange(256)
        return bytes(data)

    def damaged(self, text):
        text = bytearray(text)
        for _ in range(self.random.randrange(1, 4)):
            at = self.random.randrange(len(text) + 1)
            text[at:at + self.random.randrange(3)] = self.random.choice(
                [b"", b"9", b"-", b"e9", b"e9223372036854775807", b"e-9223372036854775808",
                 b"\"", b"{", b"[", b"null", b",", b"\\u", b"\xff"])
        return bytes(text)

    def truncated(self):
        data = self.encoded()
        return data[:self.random.randrange(len(data) + 1)]

    def noise(self):
        return self.random.randbytes(self.random.randrange(12))

    def any(self):
        return self.random.choice([
            self.reordered, self.merged, self.interleaved, self.with_strays, self.nested_strays,
            self.repacked, self.flipped, self.truncated, self.noise])


def holds_strange_entry(data, descriptor):
    """A map entry with fields that are no key and no value: we drop those fields, as C++ and Java
    do; Python's upb makes the whole entry an unknown field."""
    for number, wire, content, _ in split(data):
        field = descriptor.fields_by_number.get(number)
        if wire != 2 or field is None or field.cpp_type != F.CPPTYPE_MESSAGE:
            continue
        inner = field.message_type
        if inner.GetOptions().map_entry and is_strange(content, inner):
            return True
        if holds_strange_entry(content, inner):
            return True
    return False


def is_strange(entry, descriptor):
    wires = {1: WIRE_TYPES[descriptor.fields[0].type], 2: WIRE_TYPES[descriptor.fields[1].type]}
    return any(wires.get(number) != wire for number, wire, _, _ in split(entry))


WIRE_TYPES = {kind: 0 for kind in range(1, 19)} | {
    F.TYPE_FIXED32: 5, F.TYPE_SFIXED32: 5, F.TYPE_FLOAT: 5, F.TYPE_FIXED64: 1,
    F.TYPE_SFIXED64: 1, F.TYPE_DOUBLE: 1, F.TYPE_STRING: 2, F.TYPE_BYTES: 2, F.TYPE_MESSAGE: 2}
