"""h2load on the load's core, and what it says."""

import dataclasses
import re
import statistics
import subprocess

from process import LOAD_CORE, work_folder

GRPC_HEADERS = {
    "content-type": "application/grpc",
    "te": "trailers",
    "grpc-timeout": "10S",
    "user-agent": "grpc-bench/1.0",
    "x-caller": "bench",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}


@dataclasses.dataclass
class Load:
    """What is asked for, over how many connections and streams."""

    url: str
    connections: int = 4
    streams: int = 32
    body: str | None = None
    headers: dict = dataclasses.field(default_factory=dict)
    answer_bytes: int | None = None
    options: tuple = ()

    def run(self, calls, log=None):
        """Sends so many calls; refuses any that failed and answers of another size."""
        command = [
            "taskset", "-c", LOAD_CORE, "h2load", "-t", "1", "-n", str(calls),
            "-c", str(min(self.connections, calls)), "-m", str(self.streams), *self.options]
        for name, value in self.headers.items():
            command += ["-H", f"{name}: {value}"]
        if self.body:
            command += ["-d", str(self.body)]
        if log:
            command.append(f"--log-file={log}")
        done = subprocess.run(
            [*command, self.url], capture_output=True, text=True, timeout=300, check=True)
        return self._result(done.stdout, calls)

    def _result(self, text, calls):
        rate = re.search(r"finished in .*?, ([\d.]+) req/s", text)
        counts = re.search(r"(\d+) succeeded, (\d+) failed", text)
        data = re.search(r"\((\d+)\) data", text)
        if not (rate and counts and data):
            raise RuntimeError(f"h2load said what is not understood:\n{text}")
        if int(counts[1]) != calls or int(counts[2]) != 0:
            raise WrongAnswer(f"{self.url}: {counts[0]} of {calls}")
        if self.answer_bytes is not None and int(data[1]) != calls * self.answer_bytes:
            raise WrongAnswer(
                f"{self.url}: {int(data[1]) / calls} bytes an answer, not {self.answer_bytes}")
        return float(rate[1])

    def latencies(self, calls):
        """The times of so many calls in microseconds: the 50th and the 99th of a hundred."""
        log = work_folder() / "latencies.tsv"
        log.unlink(missing_ok=True)
        self.run(calls, log)
        times = [int(line.split("\t")[2]) for line in log.read_text().splitlines()]
        if len(times) != calls:
            raise RuntimeError(f"h2load logged {len(times)} of {calls} calls")
        cuts = statistics.quantiles(times, n=100)
        return cuts[49], cuts[98]


class WrongAnswer(Exception):
    """A measurement of a server that does not do its work is none."""
