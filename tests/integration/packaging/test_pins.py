"""What is pinned is pinned by name and version alone, so that every place may use its own package index."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]


def read_constraints() -> list[str]:
    return (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()


def test_constraints_are_names_and_versions_only() -> None:
    odd = [line for line in read_constraints() if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)]
    assert odd == []


def test_every_direct_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["development"]]
    names = {re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-") for requirement in wanted}
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in read_constraints()}
    assert names - pinned == set()


def test_the_lock_of_the_pages_names_no_address() -> None:
    packages = json.loads((ROOT / "dashboards/live/package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert len(packages) > 10
    assert [name for name, package in packages.items() if "resolved" in package] == []
