"""`bench compare`, `bench attack`, `bench check`, `bench readme`: see `bench`.

Every part prints its tables as it ends and keeps them, so that `readme` can write what was measured
last into the pages that show it.
"""

import argparse
import dataclasses
import pathlib
import subprocess
import sys
import time

import attacks
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
        "pages": lambda: storage.compare_pages(min(rounds, 3)),
        "writers": lambda: storage.compare_writers(min(rounds, 3)),
        "gateways": lambda: gateways.compare(rounds, seconds),
    }


def measure(known, names):
    """Measures the parts of these names, all if none."""
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no part is called {unknown[0]}; there are {', '.join(known)}")
    found = []
    for name in names or known:
        start = time.monotonic()
        measured = known[name]()
        report.keep(name, measured)
        found += measured
        print("\n".join(part.markdown() for part in measured), flush=True)
        print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    return [target for part in found for target in part.targets]


def main():
    arguments = argparse.ArgumentParser(prog="bench")
    arguments.add_argument("order", choices=["compare", "attack", "check", "readme"])
    arguments.add_argument("parts", nargs="*", help="only these parts, or these attacks")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=1, help="of each server in a round")
    given = arguments.parse_args()
    if given.order == "readme":
        return report.write_pages()
    known = parts(given.rounds, given.seconds)
    if given.order == "attack":
        known, given.parts = {"attack": lambda: attacks.compare(given.parts)}, []
    targets = measure(known, given.parts)
    print(report.targets_table(targets))
    missed = [target for target in targets if not target.is_met]
    if given.order == "check" and missed:
        sys.exit("missed: " + "; ".join(
            f"{target.what} is {target.figure:.3g} {target.unit}".strip() for target in missed))


main()
