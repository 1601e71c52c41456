"""What was measured, as Markdown, and the targets of it."""

import dataclasses


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
        limit = f"{'≥' if self.least else '≤'} {self.bound:g} {self.unit}"
        return [self.what, f"{self.figure:.3g} {self.unit}", limit,
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
        ["target", "figure", "wanted", "is"], [target.cells() for target in targets])) + "\n"


def micro(value):
    return f"{value:.2f} µs"


def times(value):
    return f"{value:.2f}"


def mega(value):
    return f"{value / 1e6:.1f} MB"
