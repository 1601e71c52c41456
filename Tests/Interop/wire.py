"""Messages as they are on the wire: grpcio hands them over undecoded, and as compressed as they came.

With `grpc.per_message_decompression` off, gRPC's core leaves a compressed message alone. Gzip's
first byte, 0x1f, can begin no protobuf message (field 3 of wire type 7), so the bytes tell.
"""

import zlib

RAW = [("grpc.per_message_decompression", 0), ("grpc.max_receive_message_length", -1)]

GZIP = b"\x1f\x8b"


class Received:
    """A message, and whether its compressed flag was set."""

    def __init__(self, kind, data):
        self.compressed = data.startswith(GZIP)
        if self.compressed:
            data = zlib.decompress(data, wbits=31)
        self.message = kind.FromString(data)


def reader(kind):
    """A deserializer for grpcio."""
    return lambda data: Received(kind, data)
