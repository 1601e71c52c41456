"""What was measured, as Markdown, and the targets of it; kept, and written into the pages."""

import dataclasses
import json
import pathlib
import platform
import re
import subprocess
import time

from process import work_folder

HERE = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass
class Target:
    """A figure and what it may be: at most, or with `least` at least."""

    what: str
    figure: float
    bound: float
    least: bool = False
    unit: str = "x"

    @property
    def is_met(self):
        return self.figure >= self.bound if self.least else self.figure <= self.bound

    def cells(self):
        return [self.what, f"{self.figure:.3g} {self.unit}".strip(),
                f"{'≥' if self.least else '≤'} {self.bound:g} {self.unit}".strip(),
                "met" if self.is_met else "**missed**"]


@dataclasses.dataclass
class Part:
    """A table under its heading, and the targets that its figures answer."""

    title: str
    columns: list
    rows: list
    targets: list = dataclasses.field(default_factory=list)
    note: str = ""

    def markdown(self):
        lines = [f"### {self.title}", ""]
        if self.note:
            lines += [self.note, ""]
        return "\n".join(lines + table(self.columns, self.rows)) + "\n"


def table(columns, rows):
    return ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)] + [
        "| " + " | ".join(map(str, row)) + " |" for row in rows]


def targets_table(targets):
    return "\n".join(table(
        ["target", "figure", "wanted", ""], [target.cells() for target in targets])) + "\n"


def keep(name, parts):
    """Leaves a part's tables and targets for `write_pages`."""
    commit = subprocess.run(
        ["git", "-C", HERE, "describe", "--always", "--dirty"], capture_output=True, text=True)
    kept = {
        "made": f"{time.strftime('%Y-%m-%d')}, commit {commit.stdout.strip()}, {machine()}",
        "markdown": "\n".join(part.markdown() for part in parts),
        "targets": [dataclasses.asdict(target) for part in parts for target in part.targets]}
    folder = work_folder() / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(kept))


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{model[1] if model else platform.machine()}, Linux {platform.release().split('-')[0]}"


def write_pages():
    """Puts what was measured last between the marks of the pages that show it."""
    results = {path.stem: json.loads(path.read_text())
               for path in (work_folder() / "results").glob("*.json")}
    targets = [
        Target(**target) for name, result in results.items() if name != "attack"
        for target in result["targets"]]
    tables = {name: f"Measured {result['made']}.\n\n{result['markdown']}"
              for name, result in results.items()}
    tables["targets"] = targets_table(targets)
    for page in [HERE / "README.md", HERE.parent.parent / "README.md"]:
        text = page.read_text()
        for name, markdown in tables.items():
            text = re.sub(
                rf"(<!-- bench: {name} -->\n).*?(<!-- end -->)",
                lambda match: f"{match[1]}{markdown}{match[2]}", text, flags=re.DOTALL)
        page.write_text(text)


def micro(value):
    return f"{value:.2f} µs"


def times(value):
    return f"{value:.2f}"


def mega(value):
    return f"{value / 1e6:.1f} MB"
