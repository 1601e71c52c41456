"""What a store costs: a verified GetMember, pages whatever the size, and writers together."""

import statistics
import subprocess

import grpc

import records
import register
import servers
from contest import Contestant, contest
from h2load import GRPC_HEADERS, Load
from process import work_folder
from report import Part, Target, micro, times

SERVICE = "cabildo.membership.v1.MembershipService"
MEMBERS = 12_325
PAGE = 50


def load(server, method, name, request, connections, streams, answer_bytes):
    return Load(
        f"http://{server.target}/{SERVICE}/{method}", connections, streams,
        records.body(name, request),
        GRPC_HEADERS | {"authorization": f"Bearer {server.token}"}, answer_bytes)


def compare_get(rounds, seconds):
    _, pb, _ = register.stubs()
    server = register.Register(register.filled(MEMBERS))
    bare = servers.Ours("Cabildo")
    with server.start() as program, bare.start() as bare_program:
        bare.verify()
        request = pb.GetMemberRequest(name="members/town-0000777")
        with grpc.insecure_channel(server.target) as channel:
            answer = server.stub(channel).GetMember(
                request, metadata=server.credentials, timeout=10)
        if answer.display_name != register.member(777).display_name:
            raise AssertionError(f"the register answers wrongly: {answer}")
        contestants = [
            Contestant(bare, bare_program, bare.load(4, 32)),
            Contestant(server, program, load(
                server, "GetMember", "get-member", request, 4, 32,
                5 + len(answer.SerializeToString())))]
        contest(contestants, rounds, seconds)
    plain, read = (each.cpu for each in contestants)
    return [Part(
        f"GetMember of {MEMBERS:,} on SQLite with a verified token, 4 × 32",
        ["call", "CPU per call", "× bare", "calls/s"],
        [["bench.v1.Records/Get", micro(plain), "1.00", f"{contestants[0].rate:,.0f}"],
         ["GetMember", micro(read), times(read / plain), f"{contestants[1].rate:,.0f}"]],
        [Target("GetMember to the bare call", read / plain, 3)])]


def questions():
    """Every filter and order that the contract documents."""
    parts = {"section": f"sections/{register.SECTIONS[1]}", "country_code": register.COUNTRIES[1],
             "kind": register.KINDS[1], "status": register.STATUSES[0]}
    sets = [[], ["section"], ["country_code"], ["kind"], ["status"],
            ["section", "country_code"], ["section", "kind"], ["section", "status"]]
    orders = ["display_name", "population", "population desc", "update_time desc"]
    for fields in sets:
        filter = " AND ".join(f'{field} = "{parts[field]}"' for field in fields)
        for order in orders:
            yield filter, order


class Pages:
    """The cost of a page behind another, by every question, on one store."""

    def __init__(self, count, calls):
        self.server = register.Register(register.filled(count))
        self.calls = calls
        self.cpu = {}

    def __enter__(self):
        self.program = self.server.start().__enter__()
        return self

    def __exit__(self, *_):
        self.program.__exit__()

    def prepare(self):
        """The load of each question; what is measured is the second page, where there is one."""
        _, pb, _ = register.stubs()
        self.loads = {}
        with grpc.insecure_channel(self.server.target) as channel:
            stub = self.server.stub(channel)
            for number, (filter, order) in enumerate(questions()):
                request = pb.ListMembersRequest(page_size=PAGE, filter=filter, order_by=order)
                first = self._page(stub, request)
                request.page_token = first.next_page_token
                answer = self._page(stub, request) if first.next_page_token else first
                if len(answer.members) < PAGE:
                    request.page_token = ""
                    answer = first
                if len(answer.members) != PAGE:
                    raise AssertionError(f"{filter} by {order}: {len(answer.members)} members")
                self.loads[filter, order] = load(
                    self.server, "ListMembers", f"page-{number}", request, 1, 4, None)

    def _page(self, stub, request):
        return stub.ListMembers(request, metadata=self.server.credentials, timeout=20)

    def measure(self, question):
        before = self.program.cpu()
        self.loads[question].run(self.calls)
        used = (self.program.cpu() - before) / self.calls * 1e6
        self.cpu.setdefault(question, []).append(used)


def compare_pages(rounds, calls=200):
    with Pages(1000, calls) as small, Pages(1_000_000, calls) as large:
        for pages in [small, large]:
            pages.prepare()
            for question in questions():
                pages.loads[question].run(calls // 4)
        for _ in range(rounds):
            for question in questions():
                small.measure(question)
                large.measure(question)
    rows, worst = [], 0
    for question in questions():
        few, many = (statistics.median(pages.cpu[question]) for pages in [small, large])
        worst = max(worst, many / few)
        filter, order = question
        rows.append([f"`{filter}`" if filter else "none", f"`{order}`", f"{few:,.0f} µs",
                     f"{many:,.0f} µs", times(many / few)])
    return [Part(
        "A page of 50 members, the second of its list",
        ["filter", "order", "of 1,000", "of 1,000,000", "ratio"], rows,
        [Target("the worst page of 1,000,000 to that of 1,000", worst, 2)])]


def timed(program, *arguments):
    """Rows a second of a program that writes into a new store."""
    path = work_folder() / "writers.sqlite"
    for ending in ["", "-wal", "-shm", "-lock", ".lock"]:
        (path.parent / (path.name + ending)).unlink(missing_ok=True)
    done = subprocess.run(
        [str(word) for word in [program, path, *arguments]], capture_output=True, text=True,
        timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"{program}: {done.stderr}{done.stdout}")
    rows, seconds = done.stdout.split()
    if int(rows) != arguments[-1]:
        raise AssertionError(f"{program} kept {rows} of {arguments[-1]} rows")
    return int(rows) / float(seconds)


def compare_writers(rounds, rows=20_000):
    ours, plain = [], []
    for _ in range(rounds):
        plain.append(timed(servers.built("c/plain-writer"), 32, rows))
        ours.append(timed(servers.built("bench-writers"), 32, rows))
    ours, plain = statistics.median(ours), statistics.median(plain)
    return [Part(
        "32 concurrent writers, each row a transaction of its own", ["", "rows/s", "share"],
        [["plain SQL in C, a commit for 32 rows", f"{plain:,.0f}", "100 %"],
         ["32 writers on our store", f"{ours:,.0f}", f"{ours / plain:.0%}"]],
        [Target("32 writers to plain SQL in groups of 32", ours / plain * 100, 60, least=True,
                unit="%")])]
