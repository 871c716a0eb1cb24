"""The sizes of the tree: a table to read, and a stop for functions and files that grew too long (`make lint`)."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_FUNCTION = 60
LONGEST_FILE = 500

_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef

LONGER_WITH_A_REASON: dict[str, str] = {
    "dashboards/live/src/api/schema.ts": "made from the server's models",
}
"""Files, and functions as `file:name`, that may be longer, each with why."""


@dataclass(frozen=True)
class Sizes:
    """Lines of every file, and of every function as `file:name`."""

    files: dict[str, int]
    functions: dict[str, int]

    def too_long(self) -> list[str]:
        """A sentence for each part above its limit that has no reason."""
        limits = (
            (self.functions, LONGEST_FUNCTION, "split the function"),
            (self.files, LONGEST_FILE, "split the file"),
        )
        return [
            f"{name}: {lines} lines, at most {limit}: {remedy}, or give a reason in {Path(__file__).name}"
            for sizes, limit, remedy in limits
            for name, lines in sizes.items()
            if lines > limit and name not in LONGER_WITH_A_REASON
        ]


def measure(paths: Iterable[str], root: Path = ROOT) -> Sizes:
    """Measure files, given relative to `root`; the functions of those in Python, nested ones too."""
    files, functions = dict[str, int](), dict[str, int]()
    for path in paths:
        text = (root / path).read_text(encoding="utf-8")
        files[path] = text.count("\n")
        if path.endswith(".py"):
            functions.update(_measure_functions(ast.parse(text), path))
    return Sizes(files, functions)


def _measure_functions(node: ast.AST, path: str) -> Iterator[tuple[str, int]]:
    for child in ast.iter_child_nodes(node):
        named = f"{path}:{child.name}" if isinstance(child, ast.ClassDef | _FUNCTIONS) else path
        if isinstance(child, _FUNCTIONS):
            yield named, (child.end_lineno or child.lineno) - child.lineno + 1
        yield from _measure_functions(child, named)


def list_files(*patterns: str) -> list[str]:
    """The files of the tree that git's patterns name, those not committed yet included."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    found = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return [path for path in found if (ROOT / path).exists()]


def describe(name: str, sizes: Sizes) -> str:
    """One line of the table."""
    told = f"{name:<12}{len(sizes.files):>6}{sum(sizes.files.values()):>8}{_quantiles(sizes.files.values())}"
    told += f"{max(sizes.files.values(), default=0):>9}"
    if sizes.functions:
        told += f"{len(sizes.functions):>11}{_quantiles(sizes.functions.values())}"
        told += f"{max(sizes.functions.values()):>9}"
    return told


def _quantiles(sizes: Iterable[int]) -> str:
    ordered = sorted(sizes)
    if len(ordered) < 2:
        return f"{sum(ordered):>8}{sum(ordered):>6}"
    return f"{statistics.median(ordered):>8.0f}{statistics.quantiles(ordered, n=10, method='inclusive')[-1]:>6.0f}"


def main() -> int:
    """Print the table; 1 where something is too long without a reason."""
    rows = {
        "product": measure(list_files("monitor/*.py", "alerts/*.py", "dashboards/*.py", ":(glob)*.py")),
        "tests": measure(list_files("tests/*.py")),
        "Vue and TS": measure(list_files("dashboards/*.vue", "dashboards/*.ts")),
        "SQL": measure(list_files("monitor/*.sql", "migrations/*.sql")),
    }
    quantiles = f"{'median':>8}{'p90':>6}{'longest':>9}"
    print(f"{'':<12}{'files':>6}{'lines':>8}{quantiles}{'functions':>11}{quantiles}")
    for name, sizes in rows.items():
        print(describe(name, sizes))
    product, tests = (sum(rows[name].files.values()) for name in ("product", "tests"))
    print(f"{tests / product:.2f} lines of test per line of product (Python)")
    too_long = [told for sizes in rows.values() for told in sizes.too_long()]
    for told in too_long:
        print(told, file=sys.stderr)
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())
