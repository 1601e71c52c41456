"""Follows the register's change feed and keeps what it hears: a consumer that may die at any time.

    feed_consumer.py ADDRESS STATE-FILE TOKEN-FILE

What it knows and the cursor it stands at are one file, replaced whole: they never disagree.
"""

import json
import os
import pathlib
import sys
import time

import register

import grpc
from cabildo.feed.v1 import feed_pb2
from cabildo.membership.v1 import member_pb2

# Changes taken in between two savings of the state, and the longest time between them.
BATCH = 50
PAUSE = 0.02
TRY_AGAIN = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
# CURSOR_EXPIRED and CURSOR_FOREIGN.
BEGIN_ANEW = {grpc.StatusCode.OUT_OF_RANGE, grpc.StatusCode.FAILED_PRECONDITION}
MEMBER = "cabildo.membership.v1.Member"


class State:
    def __init__(self, path):
        self.path = path
        self.cursor = ""
        self.members = {}
        # While a snapshot comes: the names it has had so far.
        self.seen = None
        if path.exists():
            saved = json.loads(path.read_text())
            self.cursor, self.members = saved["cursor"], saved["members"]
            self.seen = None if saved["seen"] is None else set(saved["seen"])

    def save(self):
        seen = None if self.seen is None else sorted(self.seen)
        fresh = self.path.with_suffix(".fresh")
        with open(fresh, "w") as file:
            json.dump({"cursor": self.cursor, "members": self.members, "seen": seen}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self.path)

    def take(self, response):
        event = response.WhichOneof("event")
        if event == "start":
            if response.start.snapshot and self.seen is None:
                self.seen = set()
        elif event == "change":
            self.take_change(response.change)
        elif event == "snapshot_end":
            self.members = {k: v for k, v in self.members.items() if k in self.seen}
            self.seen = None
        self.cursor = response.cursor

    def take_change(self, change):
        if change.kind == feed_pb2.Change.DELETED:
            self.members.pop(change.resource_name, None)
            return
        member = member_pb2.Member()
        if not change.resource.Unpack(member):
            raise SystemExit(f"a change of {change.resource_name} is no {MEMBER}")
        self.members[change.resource_name] = {
            "etag": member.etag, "names": dict(member.display_name.values)}
        if self.seen is not None:
            self.seen.add(change.resource_name)


def follow(address, path, token):
    state = State(path)
    partner = register.Register(address, token)
    while True:
        try:
            stream = partner.calls.WatchChanges(
                feed_pb2.WatchChangesRequest(
                    cursor=state.cursor, resource_types=[MEMBER],
                    bookmark_interval={"seconds": 1}),
                metadata=partner.metadata)
            unsaved, last = 0, time.monotonic()
            for response in stream:
                if response.HasField("start"):
                    print("following", flush=True)
                state.take(response)
                unsaved += 1
                if unsaved >= BATCH or time.monotonic() - last > PAUSE:
                    state.save()
                    unsaved, last = 0, time.monotonic()
        except grpc.RpcError as error:
            if error.code() in BEGIN_ANEW:
                # What is known stays until the new snapshot is whole.
                state.cursor, state.seen = "", None
            elif error.code() not in TRY_AGAIN:
                raise SystemExit(f"{error.code().name}: {error.details()}")
            state.save()
            time.sleep(0.05)


if __name__ == "__main__":
    follow(sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]).read_text().strip())
