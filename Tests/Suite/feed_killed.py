"""Kills a feed consumer again and again while the register changes; in the end both are equal.

    feed_killed.py ADDRESS TOKEN-FILE FOLDER [KILLS [SEED]]
"""

import json
import pathlib
import random
import subprocess
import sys
import threading
import time
import uuid

import register

HERE = pathlib.Path(__file__).parent
# Seconds from the first word of the feed to the end of the consumer; one in five is ended before.
LIFETIMES = (0.0, 0.3)
EARLY = 0.2
PATIENCE = 60


class Writer(threading.Thread):
    """Creates, renames and deletes members until told to stop."""

    def __init__(self, address, token, seed):
        super().__init__(daemon=True)
        self.partner = register.Register(address, token)
        self.random = random.Random(seed)
        self.stopping = threading.Event()
        self.living, self.made, self.error = [], 0, None

    def run(self):
        try:
            while not self.stopping.is_set():
                self.write()
                time.sleep(0.005)
        except Exception as error:  # noqa: BLE001: told by the main thread
            self.error = error

    def write(self):
        chance = self.random.random()
        if chance < 0.4 or not self.living:
            self.made += 1
            member = f"followed-{self.made}"
            self.partner.create(member, f"Followed {self.made}", str(uuid.uuid4()))
            self.living.append(member)
        elif chance < 0.8:
            member = self.random.choice(self.living)
            self.partner.rename(member, f"Renamed {self.random.random()}", str(uuid.uuid4()))
        else:
            member = self.living.pop(self.random.randrange(len(self.living)))
            self.partner.delete(member, str(uuid.uuid4()))


def consumer(address, state, token_file):
    return subprocess.Popen(
        [sys.executable, str(HERE / "feed_consumer.py"), address, str(state), token_file],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def known(state):
    if not state.exists():
        return None
    saved = json.loads(state.read_text())
    return None if saved["seen"] is not None else saved["members"]


def main(address, token_file, folder, kills=200, seed=None):
    seed = seed if seed is not None else random.randrange(2**32)
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    token = pathlib.Path(token_file).read_text().strip()
    state = pathlib.Path(folder) / "consumer.json"
    writer = Writer(address, token, chance.randrange(2**32))
    writer.start()
    progress = set()
    for _ in range(kills):
        process = consumer(address, state, token_file)
        if chance.random() > EARLY:
            process.stdout.readline()
        time.sleep(chance.uniform(*LIFETIMES))
        if process.poll() is not None:
            raise SystemExit(f"the consumer ended by itself: {process.stderr.read()}")
        process.kill()
        process.wait()
        if state.exists():
            progress.add(json.loads(state.read_text())["cursor"])
    writer.stopping.set()
    writer.join()
    if writer.error:
        raise SystemExit(f"the writer failed: {writer.error}")

    truth = {
        name: {"etag": member.etag, "names": dict(member.display_name.values)}
        for name, member in writer.partner.all().items()}
    process = consumer(address, state, token_file)
    deadline = time.monotonic() + PATIENCE
    while known(state) != truth and time.monotonic() < deadline:
        time.sleep(0.1)
    process.kill()
    process.wait()
    if known(state) != truth:
        names = set(truth) ^ set(known(state) or {})
        raise SystemExit(f"the consumer differs, among others in {sorted(names)[:10]}")
    if len(progress) < kills / 2:
        raise SystemExit(f"only {len(progress)} of {kills} lives got anywhere")
    print(f"killed {kills} times, {len(progress)} positions, {len(truth)} members: equal")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(*arguments[:3], *map(int, arguments[3:]))
