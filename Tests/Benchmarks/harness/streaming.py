"""Messages per CPU second of server streams and of exchanges, ours and grpc C++'s."""

import records
import servers
from contest import Contestant, contest, running
from h2load import GRPC_HEADERS, Load
from report import Part, Target, micro

MESSAGES = 1000


def load(server, method):
    """One call is a thousand answers; an exchange sends as many requests, as fast as they go."""
    pb = records.messages()
    id = records.get_request().id
    if method == "Stream":
        body = records.body("stream", pb.StreamRequest(id=id, count=MESSAGES))
    else:
        body = records.body("exchange", *[records.get_request()] * MESSAGES)
    # 65,535 octets of window, as in HTTP/2 unless others are agreed on, would make a test of
    # WINDOW_UPDATE: grpc's own clients have more.
    return Load(
        f"http://{server.target}/bench.v1.Records/{method}", 4, 4, body, GRPC_HEADERS,
        records.ANSWER * MESSAGES, ("-w", "20", "-W", "22"))


def compare(rounds, seconds):
    contenders = [servers.Ours("Cabildo"), servers.GRPCCpp("callback"), servers.GRPCGo("grpc-go"),
                  servers.GRPCSwift("grpc-swift-2")]
    rows, targets = [], []
    for method, what in [("Stream", "server streaming"), ("Exchange", "bidirectional")]:
        with running(contenders) as programs:
            contestants = [
                Contestant(server, program, load(server, method), MESSAGES)
                for server, program in zip(contenders, programs)]
            contest(contestants, rounds, seconds)
        per_second = {each.server.name: 1e6 / each.cpu for each in contestants}
        cpp = per_second["grpc C++ callback"]
        for each in contestants:
            name = each.server.name
            rows.append([what, name, f"{per_second[name]:,.0f}", micro(each.cpu),
                         f"{per_second[name] / cpp:.2f}"])
        targets.append(Target(f"{what}, messages per CPU second to grpc C++",
                              per_second["Cabildo"] / cpp, 4, least=True))
    return [Part(
        "Streams, 4 connections × 4 calls of 1,000 messages",
        ["kind", "server", "messages per CPU second", "CPU per message", "× grpc C++"], rows,
        targets)]
