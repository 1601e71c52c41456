"""A service of the suite as a process of its own, for tests that end it in every way there is."""

import json
import os
import pathlib
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Service:
    """Starts on a port of the system's choice, then again on the same."""

    def __init__(self, program, folder, *flags):
        self.program = program
        self.folder = folder
        self.flags = list(flags)
        self.port = 0
        self.process = None

    def start(self, patience=20):
        """Returns when it serves."""
        self.process = subprocess.Popen(
            [str(self.program), f"--listen=127.0.0.1:{self.port}", f"--data-dir={self.folder}",
             "--log-level=warning"] + self.flags,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        said = []
        reader = threading.Thread(target=self._listen, args=(said,), daemon=True)
        reader.start()
        deadline = time.monotonic() + patience
        while not said and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        if not said:
            self.kill()
            raise SystemExit(f"{self.program} did not start: {self.process.stderr.read()[-2000:]}")
        self.port = int(said[0].rsplit(":", 1)[1])

    def _listen(self, said):
        for line in self.process.stdout:
            try:
                addresses = json.loads(line).get("addresses")
            except ValueError:
                continue
            if addresses and not said:
                said.append(addresses[0])

    def kill(self):
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, patience=30):
        """By SIGTERM; returns the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=patience)
