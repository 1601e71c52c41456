"""Client CPU per call: ours and grpc C++'s, against the same server."""

import statistics
import subprocess

import servers
from contest import running
from process import LOAD_CORE
from report import Part, Target, micro, times

SHAPE = (4, 32)


def seconds_per_call(program, port, calls):
    command = ["taskset", "-c", LOAD_CORE, program, port, calls, *SHAPE]
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"{program}: {done.stderr}{done.stdout}")
    made, cpu = done.stdout.split()
    return float(cpu) / int(made)


def compare(rounds, calls=25_600):
    programs = {"Cabildo": servers.built("bench-client"),
                "grpc C++ async": servers.built("cpp/grpc-cpp-client")}
    figures = {name: [] for name in programs}
    server = servers.Ours("Cabildo")
    with running([server]):
        for _ in range(rounds):
            for name, program in programs.items():
                figures[name].append(seconds_per_call(program, server.port, calls))
    cpu = {name: statistics.median(each) * 1e6 for name, each in figures.items()}
    cpp = cpu["grpc C++ async"]
    rows = [[name, micro(each), times(each / cpp)] for name, each in cpu.items()]
    return [Part(
        "Clients, 4 × 32 unary calls to the same server", ["client", "CPU per call", "× grpc C++"],
        rows, [Target("client CPU per call to grpc C++'s", cpu["Cabildo"] / cpp, 0.5)])]
