"""Compares our codec with Python's protobuf: the same bytes, the same JSON, the same refusals.

    differential.py PEER [--count N] [--mutations N] [--seed N] [--processes N]

PEER is the built codec-peer. Each value is an `Everything` of random fields. It is encoded by
Python, decoded and encoded by us and must be the same bytes; our JSON of it must be read by
Python as the same value, and Python's JSON by us. Each mutation is the encoding of a random value
with something done to it that a peer might do, right or wrong; both sides must accept or refuse
it, and accept it as the same value; its JSON, and damaged JSON, must do no harm. What differs is
printed with its bytes, and the exit is 1.
"""

import argparse
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

from mutations import Mutations, holds_strange_entry
from values import Values

HERE = os.path.dirname(os.path.abspath(__file__))
PROTOS = os.path.join(HERE, "..", "Protos")
BATCH = 200
FAILURES_SHOWN = 10


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
            self.survive_json([wire for _, wire in cases])

    def survive_json(self, wires):
        """JSON of strange values, and strange JSON, may be refused but must not end the peer."""
        texts = [text for accepted, text in self.peer.ask([(b"j", wire) for wire in wires])
                 if accepted]
        self.peer.ask([(b"J", self.mutations.damaged(text)) for text in texts])

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
    # Closed and joined rather than terminated: a child may have been started with SIGTERM held back.
    pool = multiprocessing.Pool(options.processes)
    results = pool.starmap(
        run, [(options.peer, *share, options.seed + index)
              for index in range(options.processes)])
    pool.close()
    pool.join()
    failures = [failure for result in results for failure in result]
    print(f"seed {options.seed}: {options.count} values, {options.mutations} mutations,"
          f" {len(failures)} differ")
    for failure in sorted(failures, key=len)[:FAILURES_SHOWN]:
        print(failure)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
