"""A server under attack: what a well-behaved caller sees, what memory it takes and gives back, and
whether it rests when all is over. Ours and peers, by the attackers of `Tests/Attacks`."""

import os
import subprocess
import sys
import threading
import time

import grpc

import report
import servers
from process import LOAD_CORE

SECONDS = 3
REST = 1.0


class OurInterop(servers.Server):
    """grpc's interop service on the product's transport."""

    def command(self):
        return [servers.built("interop-server"), f"--port={self.port}"]


class GRPCPython(servers.Server):
    def command(self):
        return [os.environ["BENCH_PYTHON"], servers.HERE.parent / "Interop/interop_server.py",
                f"--port={self.port}"]


class GRPCCpp(servers.Server):
    def command(self):
        return [servers.built("cpp/grpc-cpp-interop"), self.port]


class Caller(threading.Thread):
    """One call after the other on a connection of its own, and the worst that came of it."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.channel = grpc.insecure_channel(target)
        self.call = self.channel.unary_unary("/grpc.testing.TestService/EmptyCall")
        self.call(b"", timeout=10)
        self.worst = 0
        self.failed = self.made = 0
        self.ends = threading.Event()

    def run(self):
        while not self.ends.wait(0.005):
            start = time.monotonic()
            try:
                self.call(b"", timeout=5)
            except grpc.RpcError:
                self.failed += 1
            self.made += 1
            self.worst = max(self.worst, time.monotonic() - start)

    def end(self):
        self.ends.set()
        self.join(6)
        self.channel.close()


class Sampler(threading.Thread):
    """The most memory that a program had."""

    def __init__(self, program):
        super().__init__(daemon=True)
        self.program = program
        self.most = 0
        self.ends = threading.Event()

    def run(self):
        while not self.ends.wait(0.02):
            self.most = max(self.most, self.program.memory())


def attacks():
    listed = subprocess.run(
        [servers.built("attacker"), "--list"], capture_output=True, text=True, check=True)
    return [line.split("\t")[0] for line in listed.stdout.splitlines()]


def attack(server, name, connections):
    """What came of one attack on a server of its own."""
    with server.start() as program:
        caller, sampler = Caller(server.target), Sampler(program)
        time.sleep(0.3)
        before = program.memory()
        caller.start()
        sampler.start()
        try:
            done = subprocess.run(
                ["nice", "-n", "10", "taskset", "-c", LOAD_CORE, servers.built("attacker"), name,
                 f"--port={server.port}", f"--seconds={SECONDS}", f"--connections={connections}"],
                capture_output=True, text=True, timeout=60)
            said = (done.stdout + done.stderr).strip().splitlines()[-1:]
        except subprocess.TimeoutExpired:
            said = ["never ended"]
        sampler.ends.set()
        caller.end()
        time.sleep(REST)
        used = program.cpu()
        time.sleep(1)
        used = program.cpu() - used
        return {
            "attack": name, "server": server.name, "connections": connections,
            "failed": caller.failed, "calls": caller.made, "worst": caller.worst,
            "growth": sampler.most - before, "kept": program.memory() - before, "rest": used,
            "said": said[0] if said else ""}


def rows(results):
    return [
        [each["attack"], each["server"], each["connections"],
         f"{each['failed']} of {each['calls']}", f"{each['worst'] * 1e3:.0f} ms",
         report.mega(each["growth"]), report.mega(each["kept"]), f"{each['rest']:.1%}"]
        for each in results]


def targets(results):
    found = []
    for each in results:
        if each["server"] != "Cabildo":
            continue
        what = f"{each['attack']} × {each['connections']}"
        limit = 8 if each["connections"] == 1 else 32
        found += [
            report.Target(f"{what}: failed calls of the honest caller", each["failed"], 0, unit=""),
            report.Target(f"{what}: its worst latency", each["worst"] * 1e3, 100, unit="ms"),
            report.Target(f"{what}: growth of memory", each["growth"] / 2**20, limit, unit="MiB"),
            report.Target(f"{what}: CPU a second later", each["rest"] * 100, 5, unit="%")]
    return found


def compare(names=(), connections=(1, 8)):
    results = []
    for name in names or attacks():
        for count in connections:
            for server in [OurInterop("Cabildo"), GRPCCpp("grpc C++"), GRPCPython("grpcio")]:
                if server.name != "Cabildo" and count != connections[-1]:
                    continue
                try:
                    results.append(attack(server, name, count))
                except Exception as error:  # A server that an attack ends is a result.
                    print(f"{server.name} under {name}: {error}", file=sys.stderr)
    columns = ["attack", "server", "connections", "failed calls", "worst latency",
               "memory at most", "kept", "CPU a second later"]
    return [report.Part("Under attack", columns, rows(results), targets(results))]
