"""What no test run imports by itself, as the bench and the long fault runs, still fits the program."""

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("faults", "performance", "support")
    for path in (ROOT / "tests" / folder).rglob("*.py")
    if path.stem != "__main__" and not path.stem.startswith("test_")
)


@pytest.mark.parametrize("module", MODULES)
def test_a_tool_can_be_imported(module: str) -> None:
    assert importlib.import_module(module.removesuffix(".__init__")).__doc__
