"""Imports the cities that `cities.py` writes, as a partner's program would, with grpcio.

    import_cities.py PORT TOKEN plan FILE.csv [ROWS]   prints the plan's name, its counts, seconds
    import_cities.py PORT TOKEN apply NAME [UUID]      prints rows done as they are, counts, seconds
    import_cities.py PORT TOKEN look NAME              prints its state, members, last change
"""

import csv
import itertools
import sys
import time

import stubs

stubs.load()

import grpc  # noqa: E402
from cabildo.feed.v1 import feed_pb2  # noqa: E402
from cabildo.membership.v1 import (  # noqa: E402
    member_import_pb2, member_pb2, membership_pb2, membership_pb2_grpc)

ROWS_A_MESSAGE = 500
PATIENCE = 120

State = member_import_pb2.MemberImport.State


def row(line, fields):
    """The columns of `cities.py`, by their order."""
    kind, name, country, population, source, latitude, longitude, geonames = fields
    member = member_pb2.Member(
        kind=member_pb2.Member.Kind.Value(kind.upper()), country_code=country,
        population={"inhabitants": int(population), "source": source},
        location={"latitude": float(latitude), "longitude": float(longitude)},
        identifiers=[{"scheme": "GEONAMES", "value": geonames}])
    member.display_name.values["en"] = name
    return member_import_pb2.PlanMemberImportRequest.Row(row=line, member=member)


def messages(path, count):
    with open(path, encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines)
        rows = itertools.islice((row(*line) for line in enumerate(lines, 2)), count)
        while some := list(itertools.islice(rows, ROWS_A_MESSAGE)):
            yield member_import_pb2.PlanMemberImportRequest(rows=some)


def tell(plan, start):
    counts = plan.summary
    print(f"{State.Name(plan.state)} rows {counts.rows} creates {counts.creates}"
          f" updates {counts.updates} no-ops {counts.no_ops} conflicts {counts.conflicts}"
          f" duplicates {counts.probable_duplicates} invalids {counts.invalids}", flush=True)
    print(f"seconds {time.monotonic() - start:.2f}", flush=True)


class Partner:
    def __init__(self, port, token):
        channel = grpc.insecure_channel(f"localhost:{port}")
        self.calls = membership_pb2_grpc.MembershipServiceStub(channel)
        self.options = {"timeout": PATIENCE, "metadata": [("authorization", f"Bearer {token}")]}

    def plan(self, path, count=None):
        start = time.monotonic()
        count = None if count is None else int(count)
        for answer in self.calls.PlanMemberImport(messages(path, count), **self.options):
            if answer.WhichOneof("event") == "member_import":
                print(answer.member_import.name, flush=True)
                tell(answer.member_import, start)

    def apply(self, name, request_id=""):
        start = time.monotonic()
        request = member_import_pb2.ApplyMemberImportRequest(name=name, request_id=request_id)
        for answer in self.calls.ApplyMemberImport(request, **self.options):
            if answer.WhichOneof("event") == "member_import":
                tell(answer.member_import, start)
            else:
                print("done", answer.rows_done, flush=True)

    def look(self, name):
        plan = self.calls.GetMemberImport(
            member_import_pb2.GetMemberImportRequest(name=name), **self.options)
        members, token = 0, ""
        while True:
            page = self.calls.ListMembers(
                membership_pb2.ListMembersRequest(page_size=1000, page_token=token),
                **self.options)
            members += len(page.members)
            token = page.next_page_token
            if not token:
                break
        print(State.Name(plan.state), "members", members, "changes", self.last_change())

    def last_change(self):
        """The number of the feed's last change, which ends the snapshot of a new watch."""
        call = self.calls.WatchChanges(feed_pb2.WatchChangesRequest(), **self.options)
        try:
            return next(answer.snapshot_end.sequence for answer in call
                        if answer.WhichOneof("event") == "snapshot_end")
        finally:
            call.cancel()


if __name__ == "__main__":
    getattr(Partner(*sys.argv[1:3]), sys.argv[3])(*sys.argv[4:])
