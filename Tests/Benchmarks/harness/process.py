"""A program under measurement: pinned to a core, its CPU and memory read from the kernel."""

import os
import pathlib
import signal
import socket
import subprocess
import time

SERVER_CORE = "0"
LOAD_CORE = "1"


class Program:
    """Runs from `with` to its end; what it prints goes to a file of its own."""

    def __init__(self, name, command, port=None, core=SERVER_CORE, environment=None, logs=None):
        self.name = name
        self.command = ["taskset", "-c", core, *map(str, command)]
        self.port = port
        self.environment = {**os.environ, **(environment or {})}
        self.log = pathlib.Path(logs or work_folder()) / f"{name.replace(' ', '-')}.log"

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, env=self.environment,
                start_new_session=True)
        if self.port:
            self._wait_until_it_listens()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _wait_until_it_listens(self):
        for _ in range(600):
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended: {self.log.read_text()[-2000:]}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{self.name} does not listen on {self.port}")

    @property
    def pid(self):
        return self.process.pid

    def cpu(self):
        """Seconds of CPU used so far, by all threads: clock_getcpuclockid(3) of the process."""
        return time.clock_gettime((~self.pid << 3) | 2)

    def memory(self, field="VmRSS"):
        """Bytes, as /proc says: `VmRSS` now, `VmHWM` at most."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise RuntimeError(f"{self.name} has no {field}")


def work_folder():
    folder = pathlib.Path(os.environ["BENCH_WORK"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
