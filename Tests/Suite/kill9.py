"""Ends the membership service by SIGKILL at random moments of concurrent writes, again and again.
Every acknowledged write is there, once; what was sent again with its request id happened once; the
feed has no hole.

    kill9.py PROGRAM KEYS-FILE TOKEN-FILE FOLDER [KILLS [SEED]]
"""

import pathlib
import random
import sys
import threading
import time
import uuid

import register
import service

import grpc
from cabildo.feed.v1 import feed_pb2

WRITERS = 8
# Seconds from serving to the kill.
LIFETIMES = (0.0, 0.5)
UNSURE = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED,
          grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNKNOWN}


class Writer(threading.Thread):
    """Creates members one after the other; sends again what it has no answer for."""

    def __init__(self, number, address, token):
        super().__init__(daemon=True)
        self.number = number
        self.partner = register.Register(address, token)
        self.stopping = threading.Event()
        self.acknowledged = {}
        self.resent = 0
        self.in_flight = False
        self.error = None

    def run(self):
        count = 0
        try:
            while not self.stopping.is_set():
                count += 1
                self.write(f"writer-{self.number}-{count}", str(uuid.uuid4()))
        except Exception as error:  # noqa: BLE001: told by the main thread
            self.error = error

    def write(self, member_id, request_id):
        tries = 0
        while True:
            tries += 1
            try:
                self.in_flight = True
                member = self.partner.create(member_id, f"Member {member_id}", request_id, 5)
                self.acknowledged[member.name] = member.uid
                self.resent += tries > 1
                return
            except grpc.RpcError as error:
                if error.code() not in UNSURE:
                    raise
                if self.stopping.is_set() and tries > 100:
                    raise
                time.sleep(0.01)
            finally:
                self.in_flight = False


def feed(partner, cursor, last):
    """Every change behind the cursor up to the sequence."""
    stream = partner.calls.WatchChanges(
        feed_pb2.WatchChangesRequest(cursor=cursor, bookmark_interval={"seconds": 1}),
        metadata=partner.metadata, timeout=60)
    for response in stream:
        event = response.WhichOneof("event")
        if event == "change":
            yield response.change
        reached = getattr(response, event).sequence if event in ("change", "bookmark") else 0
        if reached >= last:
            stream.cancel()
            return


def main(program, keys, token_file, folder, kills=200, seed=None):
    seed = seed if seed is not None else random.randrange(2**32)
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    token = pathlib.Path(token_file).read_text().strip()
    membership = service.Service(program, folder, f"--token-keys-file={keys}")
    membership.start()
    address = f"127.0.0.1:{membership.port}"
    partner = register.Register(address, token)
    start = next(iter(partner.calls.WatchChanges(
        feed_pb2.WatchChangesRequest(tail_only=True), metadata=partner.metadata, timeout=10)))

    writers = [Writer(number, address, token) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    in_flight = 0
    for _ in range(kills):
        before = sum(len(writer.acknowledged) for writer in writers)
        time.sleep(chance.uniform(*LIFETIMES))
        # Writers that were answered in this life are connected: what they send now is under way.
        answered = sum(len(writer.acknowledged) for writer in writers) > before
        in_flight += answered and any(writer.in_flight for writer in writers)
        membership.kill()
        membership.start()
    for writer in writers:
        writer.stopping.set()
    for writer in writers:
        writer.join(timeout=60)
        if writer.error:
            raise SystemExit(f"a writer failed: {writer.error}")

    acknowledged = {k: v for writer in writers for k, v in writer.acknowledged.items()}
    members = partner.all()
    lost = [name for name in acknowledged if name not in members]
    changed = [name for name, uid in acknowledged.items()
               if name in members and members[name].uid != uid]
    if lost or changed:
        raise SystemExit(f"lost: {lost[:10]}; made twice: {changed[:10]}")
    changes = list(feed(partner, start.cursor, len(members)))
    sequences = [change.sequence for change in changes]
    if sequences != list(range(sequences[0], sequences[0] + len(sequences))):
        raise SystemExit("the feed has a hole, or is out of order")
    created = [change.resource_name for change in changes]
    if sorted(created) != sorted(members):
        raise SystemExit(f"the feed tells of {len(created)} members, {len(members)} are there")
    if in_flight < kills / 2:
        raise SystemExit(f"only {in_flight} of {kills} kills met a write")
    code = membership.stop()
    if code != 0:
        raise SystemExit(f"the service ended with {code}")
    resent = sum(writer.resent for writer in writers)
    print(f"killed {kills} times, {in_flight} with writes in flight; {len(acknowledged)} "
          f"acknowledged, {resent} of them sent again; {len(changes)} changes without a hole")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(*arguments[:4], *map(int, arguments[4:]))
