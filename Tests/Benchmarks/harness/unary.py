"""Server CPU per unary call, of everybody, as ratios to nghttpd."""

import servers
from contest import Contestant, contest, running
from report import Part, Target, mega, micro, times

SHAPES = [(4, 32), (64, 8), (1, 1)]


def measure(contenders, shape, rounds, seconds):
    with running(contenders) as programs:
        contestants = [
            Contestant(server, program, server.load(*shape))
            for server, program in zip(contenders, programs)]
        contest(contestants, rounds, seconds)
        for contestant in contestants:
            contestant.latency = contestant.load.latencies(contestant.calls)
            contestant.peak = contestant.program.memory("VmHWM")
    return {contestant.server.name: contestant for contestant in contestants}


def part(title, figures, targets):
    floor = figures["nghttpd"]
    rows = []
    for name, each in figures.items():
        p50, p99 = each.latency
        rows.append([
            name, each.server.version(), micro(each.cpu), times(each.cpu / floor.cpu),
            f"{each.rate:,.0f}", f"{p50 / 1e3:.2f} / {p99 / 1e3:.2f} ms", mega(each.peak),
            times(each.peak / floor.peak)])
    columns = ["server", "version", "CPU per call", "× nghttpd", "calls/s", "p50 / p99",
               "peak memory", "× nghttpd"]
    return Part(title, columns, rows, targets)


def compare(rounds, seconds):
    parts = []
    for connections, streams in SHAPES:
        shape = f"{connections} × {streams}"
        wide = (connections, streams) == (4, 32)
        contenders = [servers.Nghttpd("nghttpd"), servers.H2O("h2o"), servers.Ours("Cabildo"),
                      servers.GRPCCpp("callback"), servers.GRPCCpp("async"),
                      servers.GRPCGo("grpc-go"), servers.GRPCSwift("grpc-swift-2")]
        if wide:
            contenders.append(servers.GRPCPython("grpcio"))
        figures = measure(contenders, (connections, streams), rounds, seconds)
        ours, floor = figures["Cabildo"].cpu, figures["nghttpd"].cpu
        bound = {(4, 32): 1.25, (64, 8): 1.4, (1, 1): 1.5}[connections, streams]
        targets = [Target(f"unary {shape}, CPU to nghttpd", ours / floor, bound)]
        if wide:
            targets += to_peers(figures, ours)
        parts.append(part(f"Unary calls, {shape}", figures, targets))
    return parts


def to_peers(figures, ours):
    cpp = min(figures["grpc C++ callback"].cpu, figures["grpc C++ async"].cpu)
    return [
        Target("unary 4 × 32, CPU of grpc-swift-2 to ours",
               figures["grpc-swift-2"].cpu / ours, 30, least=True),
        Target("unary 4 × 32, CPU of grpc C++ to ours", cpp / ours, 4, least=True),
        Target("unary 4 × 32, CPU of grpc-go to ours", figures["grpc-go"].cpu / ours, 4,
               least=True)]


def compare_tls(certificates, rounds, seconds):
    """One certificate and one cipher for both: TLS 1.3 with AES-128-GCM, as h2load asks for it."""
    contenders = [servers.Nghttpd("nghttpd", certificates), servers.Ours("Cabildo", certificates),
                  servers.GRPCGo("grpc-go", certificates),
                  servers.GRPCCpp("callback", certificates)]
    figures = measure(contenders, (4, 32), rounds, seconds)
    ratio = figures["Cabildo"].cpu / figures["nghttpd"].cpu
    return [part("Unary calls under TLS, 4 × 32", figures,
                 [Target("unary 4 × 32 under TLS, CPU to nghttpd's", ratio, 1.3)])]
