"""`bench compare`, `bench attack`, `bench check`: see `bench`.

Every part prints its tables as it ends, and leaves them with its targets for `check` and `readme`.
"""

import argparse
import dataclasses
import json
import pathlib
import subprocess
import sys
import time

import clients
import gateways
import memory
import report
import servers
import storage
import streaming
import unary
from process import work_folder


@dataclasses.dataclass
class Certificates:
    certificate: pathlib.Path
    key: pathlib.Path
    authority: pathlib.Path


def certificates():
    folder = work_folder() / "tls"
    subprocess.run([servers.HERE.parent / "Interop/certificates", folder], check=True)
    return Certificates(folder / "server.pem", folder / "server.key", folder / "ca.pem")


def parts(rounds, seconds):
    return {
        "unary": lambda: unary.compare(rounds, seconds),
        "tls": lambda: unary.compare_tls(certificates(), rounds, seconds),
        "streams": lambda: streaming.compare(rounds, seconds),
        "clients": lambda: clients.compare(rounds),
        "memory": lambda: memory.compare(certificates()),
        "get": lambda: storage.compare_get(rounds, seconds),
        "pages": lambda: storage.compare_pages(rounds),
        "writers": lambda: storage.compare_writers(rounds),
        "gateways": lambda: gateways.compare(rounds, seconds),
    }


def measure(names, rounds, seconds):
    """Measures the parts of these names, all if none; returns what each found."""
    known = parts(rounds, seconds)
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no part is called {unknown[0]}; there are {', '.join(known)}")
    found = []
    for name in names or known:
        start = time.monotonic()
        for part in known[name]():
            print(part.markdown(), flush=True)
            found.append(part)
        print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    return found


def main():
    arguments = argparse.ArgumentParser(prog="bench")
    arguments.add_argument("order", choices=["compare", "attack", "check"])
    arguments.add_argument("parts", nargs="*")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=1)
    given = arguments.parse_args()
    found = measure(given.parts, given.rounds, given.seconds)
    targets = [target for part in found for target in part.targets]
    print(report.targets_table(targets))
    missed = [target for target in targets if not target.is_met]
    if given.order == "check" and missed:
        sys.exit("missed: " + "; ".join(
            f"{target.what} is {target.figure:.3g} {target.unit}" for target in missed))


main()
