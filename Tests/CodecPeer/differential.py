"""Compares our codec with Python's protobuf: the same bytes, the same JSON, the same refusals.

    differential.py PEER [--count N] [--mutations N] [--seed N] [--processes N]

PEER is the built codec-peer. Each value is an `Everything` of random fields. It is encoded by
Python, decoded and encoded by us and must be the same bytes; our JSON of it must be read by
Python as the same value, and Python's JSON by us. Each mutation is the encoding of a random value
with something done to it that a peer might do, right or wrong; both sides must accept or refuse
it, and accept it as the same value. What differs is printed with its bytes, and the exit is 1.
"""

import argparse
import math
import multiprocessing
import os
import random
import struct
import subprocess
import sys
import tempfile
import threading

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf import message as protobuf_message
from google.protobuf.descriptor import FieldDescriptor as F
from grpc_tools import protoc
import grpc_tools

HERE = os.path.dirname(os.path.abspath(__file__))
PROTOS = os.path.join(HERE, "..", "Protos")
BATCH = 200
FAILURES_SHOWN = 10

INT_RANGES = {
    F.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    F.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    F.CPPTYPE_UINT32: (0, 2**32 - 1),
    F.CPPTYPE_UINT64: (0, 2**64 - 1),
}
ALPHABET = "abcXYZ_019 \"\\/<>\n\t\x00\x7f\x1f\u00e9\u00df\u4e16\u2028\ufeff\ufffd\U0001f600\U0010ffff"


def load():
    """The message class of `Everything`, compiled on the spot; and the pool it is in."""
    site = os.path.dirname(os.path.dirname(grpc_tools.__file__))
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "set")
        status = protoc.main([
            "protoc", "-I", PROTOS, "-I", os.path.join(site, "grpc_tools", "_proto"), "-I", site,
            "--include_imports", f"--descriptor_set_out={out}",
            "cabildo/testing/v1/everything.proto", "google/rpc/error_details.proto",
        ])
        if status:
            sys.exit("differential.py: everything.proto does not compile")
        with open(out, "rb") as file:
            files = descriptor_pb2.FileDescriptorSet.FromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    everything = pool.FindMessageTypeByName("cabildo.testing.v1.Everything")
    return message_factory.GetMessageClass(everything), pool


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
        tag = varint(number << 3 | wire, self.random.choice([0, 0, 0, 0, 1]) if number < 2000 else 0)
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

    def truncated(self):
        data = self.encoded()
        return data[:self.random.randrange(len(data) + 1)]

    def noise(self):
        return self.random.randbytes(self.random.randrange(12))

    def any(self):
        return self.random.choice([
            self.reordered, self.merged, self.interleaved, self.with_strays, self.nested_strays,
            self.repacked, self.flipped, self.truncated, self.noise])


class Peer:
    """Our codec, in a process of its own."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, requests):
        data = b"".join(
            letter + struct.pack("<I", len(payload)) + payload for letter, payload in requests)

        def write():
            try:
                self.process.stdin.write(data)
                self.process.stdin.flush()
            except BrokenPipeError:
                pass

        writer = threading.Thread(target=write)
        writer.start()
        answers = []
        for letter, payload in requests:
            head = self.process.stdout.read(5)
            if len(head) < 5:
                sys.exit(f"codec-peer died on {letter.decode()} {payload.hex()}")
            length = struct.unpack("<I", head[1:])[0]
            answers.append((head[:1] == b"+", self.process.stdout.read(length)))
        writer.join()
        return answers

    def close(self):
        self.process.stdin.close()
        self.process.wait()


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


class Comparison:
    def __init__(self, peer, seed):
        self.everything, self.pool = load()
        self.values = Values(seed, self.everything, self.pool)
        self.mutations = Mutations(self.values)
        self.peer = Peer(peer)
        self.failures = []

    def fail(self, what, wire, *details):
        self.failures.append(f"{what}: {wire.hex()}\n    " + "\n    ".join(map(str, details)))

    def canonical(self, message):
        """Encodes a message, and what its `Any` hold, in Python's order of map entries."""
        for field, value in message.ListFields():
            if field.cpp_type != F.CPPTYPE_MESSAGE:
                continue
            if field.message_type.GetOptions().map_entry:
                is_message = field.message_type.fields[1].cpp_type == F.CPPTYPE_MESSAGE
                parts = value.values() if is_message else []
            else:
                parts = value if field.is_repeated else [value]
            for part in parts:
                self.canonical(part)
        if message.DESCRIPTOR.full_name == "google.protobuf.Any" and message.type_url:
            name = message.type_url.split("/")[-1]
            held = message_factory.GetMessageClass(
                self.pool.FindMessageTypeByName(name)).FromString(message.value)
            message.value = self.canonical(held)
        return message.SerializeToString(deterministic=True)

    def is_same(self, answer, wire):
        """Equal bytes; or of equal length and meaning, for upb has an order of its own for maps."""
        accepted, ours = answer
        return accepted and (
            ours == wire or len(ours) == len(wire)
            and self.canonical(self.everything.FromString(ours))
            == self.canonical(self.everything.FromString(wire)))

    def compare_values(self, count):
        for start in range(0, count, BATCH):
            requests, wires = [], []
            for _ in range(min(BATCH, count - start)):
                value = self.values.message(self.everything())
                wire = value.SerializeToString(deterministic=True)
                text = json_format.MessageToJson(value, indent=None, descriptor_pool=self.pool)
                wires.append((wire, text))
                requests += [(b"w", wire), (b"j", wire), (b"J", text.encode())]
            answers = iter(self.peer.ask(requests))
            for wire, text in wires:
                self.check_value(wire, text, next(answers), next(answers), next(answers))

    def check_value(self, wire, text, ours, our_json, from_json):
        if not self.is_same(ours, wire):
            self.fail("binary", wire, ours)
        if not self.is_same(from_json, wire):
            self.fail("Python's JSON read by us", wire, text, from_json)
        if not our_json[0]:
            return self.fail("our JSON", wire, our_json)
        try:
            value = json_format.Parse(our_json[1], self.everything(), descriptor_pool=self.pool)
            if not self.is_same((True, value.SerializeToString()), wire):
                self.fail("our JSON read by Python", wire, our_json[1])
        except json_format.ParseError as error:
            self.fail("our JSON refused by Python", wire, our_json[1], error)

    def compare_mutations(self, count):
        for start in range(0, count, BATCH):
            cases = []
            for _ in range(min(BATCH, count - start)):
                mutation = self.mutations.any()
                cases.append((mutation.__name__, mutation()))
            answers = self.peer.ask([(b"w", wire) for _, wire in cases])
            for (name, wire), answer in zip(cases, answers):
                self.check_mutation(name, wire, answer)

    def check_mutation(self, name, wire, answer):
        try:
            expected = self.everything.FromString(wire).SerializeToString(deterministic=True)
        except protobuf_message.DecodeError as error:
            if answer[0]:
                self.fail(f"{name}, refused by Python alone", wire, error)
            return
        if not answer[0]:
            self.fail(f"{name}, refused by us alone", wire, answer[1].decode())
        elif answer[1] != expected and not self.is_same_mutation(answer[1], expected, wire):
            self.fail(name, wire, "we say    " + answer[1].hex(), "Python says " + expected.hex())


    def is_same_mutation(self, ours, expected, wire):
        try:
            ours = self.everything.FromString(ours).SerializeToString(deterministic=True)
        except protobuf_message.DecodeError:
            return False
        return ours == expected or holds_strange_entry(wire, self.everything.DESCRIPTOR)


def run(peer, count, mutations, seed):
    comparison = Comparison(peer, seed)
    comparison.compare_values(count)
    comparison.compare_mutations(mutations)
    comparison.peer.close()
    return comparison.failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--mutations", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    share = [options.count // options.processes, options.mutations // options.processes]
    with multiprocessing.Pool(options.processes) as pool:
        results = pool.starmap(
            run, [(options.peer, *share, options.seed + index)
                  for index in range(options.processes)])
    failures = [failure for result in results for failure in result]
    print(f"seed {options.seed}: {options.count} values, {options.mutations} mutations,"
          f" {len(failures)} differ")
    for failure in sorted(failures, key=len)[:FAILURES_SHOWN]:
        print(failure)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
