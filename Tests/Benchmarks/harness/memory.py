"""What connections keep after one call each, and whether calls leave anything behind."""

import contextlib
import resource
import socket
import ssl
import time

import records
import servers
from contest import running
from h2load import GRPC_HEADERS
from report import Part, Target, mega

CONNECTIONS = 1000
CALLS = 1_000_000


def literal(name, value):
    """A header field that no table keeps (RFC 7541, 6.2.2), without Huffman coding."""
    name, value = name.encode(), value.encode()
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def call_bytes(scheme):
    fields = {":method": "POST", ":scheme": scheme, ":path": "/bench.v1.Records/Get",
              ":authority": "localhost", **GRPC_HEADERS}
    block = b"".join(literal(*field) for field in fields.items())
    body = records.frame(records.get_request())

    def frame(kind, flags, stream, payload):
        return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(
            4, "big") + payload

    return (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + frame(4, 1, 0, b"")
            + frame(1, 4, 1, block) + frame(0, 1, 1, body))


def idle_connection(server):
    """Opens a connection, makes one call, and keeps it."""
    connection = socket.create_connection(("127.0.0.1", server.port), 10)
    if server.tls:
        context = ssl.create_default_context(cafile=server.tls.authority)
        context.set_alpn_protocols(["h2"])
        connection = context.wrap_socket(connection, server_hostname="localhost")
    connection.sendall(call_bytes(server.scheme))
    got = b""
    while b"\0\0\0\0" not in got or len(got) < records.ANSWER + 30:
        more = connection.recv(65536)
        if not more:
            raise RuntimeError(f"{server.name} closed the connection: {got}")
        got += more
    if records.frame(records.record(records.ASKED)) not in got:
        raise RuntimeError(f"{server.name} answered {got}")
    return connection


def per_connection(server):
    """Growth of the resident memory by a thousand, behind a hundred that warm the server up."""
    with running([server]) as [program], contextlib.ExitStack() as kept:
        for _ in range(100):
            kept.enter_context(idle_connection(server))
        time.sleep(0.5)
        before = program.memory()
        for _ in range(CONNECTIONS):
            kept.enter_context(idle_connection(server))
        time.sleep(0.5)
        return (program.memory() - before) / CONNECTIONS


def after_a_million(server):
    """The resident memory after 100,000 calls and after a million more."""
    with running([server]) as [program]:
        load = server.load(4, 32)
        load.run(100_000)
        before = program.memory()
        load.run(CALLS)
        return before, program.memory()


def compare(certificates):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    plain, secure = servers.Ours("Cabildo"), servers.Ours("Cabildo", certificates)
    kept = {
        "Cabildo": per_connection(plain), "Cabildo, TLS": per_connection(secure),
        "grpc C++": per_connection(servers.GRPCCpp("callback")),
        "grpc-go": per_connection(servers.GRPCGo("grpc-go"))}
    idle = Part(
        "An idle connection, after one call", ["server", "memory"],
        [[name, f"{bytes / 1e3:.1f} kB"] for name, bytes in kept.items()],
        [Target("idle connection, plaintext", kept["Cabildo"] / 1e3, 20, unit="kB")])
    before, after = after_a_million(servers.Ours("Cabildo"))
    flat = Part(
        "A million calls, 4 × 32", ["", "resident memory"],
        [["after 100,000 calls", mega(before)], ["after a million more", mega(after)]],
        [Target("growth by a million calls", (after - before) / 1e6, 1, unit="MB")])
    return [idle, flat]
