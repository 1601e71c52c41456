"""Rounds that go from one contestant to the next, so that a noisy moment is everybody's."""

import contextlib
import dataclasses
import statistics


@dataclasses.dataclass
class Round:
    cpu: float  # microseconds of the server's CPU for one unit of work
    rate: float  # calls per second


class Contestant:
    """A running server with the load that is put on it."""

    def __init__(self, server, program, load, units_per_call=1):
        self.server = server
        self.program = program
        self.load = load
        self.units = units_per_call
        self.rounds = []

    def calibrate(self, seconds):
        """How many calls keep the server busy for so long; warms it up, too."""
        step = self.load.connections * self.load.streams
        self.load.run(step)
        self.calls = max(step, int(self.load.run(step * 3) * seconds) // step * step)

    def measure(self):
        before = self.program.cpu()
        rate = self.load.run(self.calls)
        used = self.program.cpu() - before
        self.rounds.append(Round(used / (self.calls * self.units) * 1e6, rate))

    @property
    def cpu(self):
        return statistics.median(each.cpu for each in self.rounds)

    @property
    def rate(self):
        return statistics.median(each.rate for each in self.rounds) * self.units


@contextlib.contextmanager
def running(servers):
    """All of them started and verified; verified again, then stopped."""
    with contextlib.ExitStack() as stack:
        programs = [stack.enter_context(server.start()) for server in servers]
        for server in servers:
            server.verify()
        yield programs
        for server in servers:
            server.verify()


def contest(contestants, rounds, seconds):
    for contestant in contestants:
        contestant.calibrate(seconds)
    for _ in range(rounds):
        for contestant in contestants:
            contestant.measure()
