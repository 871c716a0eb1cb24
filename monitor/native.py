"""Which form of the rules runs: compiled ones where they were built from these very sources, else the sources.

A build (`native_build.py`) lies apart, in `monitor/_native`, beside a record of the digest of every source it was made
from. Only where all digests and the interpreter still agree is that folder put before the sources: a build that no
longer fits its sources is never imported.
"""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
BUILD = Path(__file__).parent / "_native"
RECORD = "built-from"
VARIABLE = "ESUPERVISION_NATIVE"


class Form(NamedTuple):
    """The form in which the rules run, and why."""

    compiled: bool
    why: str


def interpreter() -> str:
    """What a build is bound to besides its sources."""
    return f"{sys.version_info[0]}.{sys.version_info[1]} {sysconfig.get_config_var('EXT_SUFFIX')}"


def describe_sources(root: Path, sources: list[str]) -> str:
    """The record of a build: its interpreter, then digest and path of every source, a line each."""
    lines = [interpreter()]
    lines += [f"{hashlib.sha256((root / source).read_bytes()).hexdigest()} {source}" for source in sources]
    return "\n".join(lines) + "\n"


def examine_build(root: Path, build: Path) -> Form:
    """Whether the build in a folder was made from the sources under `root`, by this interpreter's kind."""
    record = build / RECORD
    if not record.is_file():
        return Form(False, "not built: make native")
    built_from = record.read_text(encoding="utf-8")
    sources = [line.partition(" ")[2] for line in built_from.splitlines()[1:]]
    if not all((root / source).is_file() for source in sources):
        return Form(False, "a source of the build is gone: make native")
    if describe_sources(root, sources) != built_from:
        return Form(False, "the sources or the interpreter changed since the build: make native")
    return Form(True, f"built from the {len(sources)} sources that are here")


@lru_cache(maxsize=1)
def form() -> Form:
    """The form in which the rules of this process run. Decided once, by the first import of a package of theirs."""
    if os.environ.get(VARIABLE) == "0":
        return Form(False, f"switched off by {VARIABLE}=0")
    found = examine_build(ROOT, BUILD)
    return _load_shared_code(BUILD) if found.compiled else found


def prefer_compiled(package: str, path: list[str]) -> None:
    """Put the build before the sources in a package's search path, where it fits them."""
    if form().compiled:
        path.insert(0, str(BUILD / package.replace(".", "/")))


def _load_shared_code(build: Path) -> Form:
    """Load the library that all compiled modules share; they find it by its name alone."""
    suffix = str(sysconfig.get_config_var("EXT_SUFFIX"))
    names = [path.name.removesuffix(suffix) for path in build.glob(f"*{suffix}")]
    sys.path.insert(0, str(build))
    try:
        for name in names:
            import_module(name)
    except ImportError as error:
        return Form(False, f"the build cannot be loaded ({error}): make native")
    finally:
        sys.path.remove(str(build))
    return examine_build(ROOT, build)
