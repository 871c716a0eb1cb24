"""The programs of PostgreSQL with TimescaleDB, unpacked once into a cache folder of the user."""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.storage.embedded.apt_packages import POSTGRESQL_VERSION, SUITE, Package, PrivateApt, Progress
from monitor.storage.embedded.file_lock import hold_file_lock
from monitor.storage.embedded.patching import find_patchelf, patch_programs
from monitor.storage.embedded.problem import DATABASE_URL_ADVICE, EmbeddedServerError

LAYOUT = 1
"""Raised when what is unpacked or how it is patched changes: an older folder is then left alone and a new one made."""

UNPACKING = ".unpacking-"

_TOOLS = {
    "apt-get": "apt",
    "apt-config": "apt",
    "dpkg-deb": "dpkg",
    "unshare": "util-linux",
    "setpriv": "util-linux",
}
_PROGRAMS = ("postgres", "initdb", "psql", "pg_dump", "pg_restore", "pg_controldata", "pg_isready")
_ZONES = Path("/usr/share/zoneinfo/Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the unpacked programs are, and which package versions they came from."""

    folder: Path

    def find(self, name: str) -> Path:
        """Give the path of a program such as `postgres` or `psql`."""
        return self.folder / "usr/lib/postgresql" / POSTGRESQL_VERSION / "bin" / name

    def read_versions(self) -> dict[str, str]:
        """Give package name → version of everything unpacked."""
        versions: dict[str, str] = json.loads((self.folder / "packages.json").read_text(encoding="utf-8"))
        return versions


def print_progress(message: str) -> None:
    """Say on standard error what the embedded server is doing; used unless the caller brings its own."""
    print(f"TimescaleDB: {message}", file=sys.stderr, flush=True)  # noqa: T201 - the first start takes long enough to be told


def find_cache_folder() -> Path:
    """Give the user's cache folder for this program: `$XDG_CACHE_HOME` or `~/.cache`, then `e-supervision`."""
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "e-supervision"
    except RuntimeError as error:
        raise EmbeddedServerError(
            "This user has no home folder to unpack TimescaleDB into. Set XDG_CACHE_HOME to a folder it may write."
        ) from error


def bring_programs(cache_folder: Path | None = None, *, progress: Progress = print_progress) -> Programs:
    """Give the programs, fetching and unpacking them first if this user has not done so yet.

    Several processes may call this at once: one unpacks, the others wait. The folder appears in one rename, so it is
    complete or absent, whatever is killed.
    """
    cache = cache_folder or find_cache_folder()
    final = cache / f"timescaledb-{POSTGRESQL_VERSION}-{SUITE}-{platform.machine()}-{LAYOUT}"
    if final.is_dir():
        return Programs(final)
    check_machine()
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedServerError(
            f"The cache folder {cache} cannot be made ({error.strerror}). "
            "Set XDG_CACHE_HOME to a folder this user may write."
        ) from error
    with hold_file_lock(cache / f"{final.name}.lock"):
        if not final.is_dir():
            progress(f"unpacking into {final} (once for this user)")
            _build(final, progress)
            progress("unpacked")
    return Programs(final)


def check_machine() -> None:
    """Refuse with a clear sentence where the machine lacks what the embedded server needs."""
    if sys.platform != "linux":
        raise EmbeddedServerError("The embedded TimescaleDB runs on Debian 12 or newer only. " + DATABASE_URL_ADVICE)
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        packages = " ".join(sorted({_TOOLS[tool] for tool in missing}))
        raise EmbeddedServerError(
            f"The embedded TimescaleDB needs the programs {', '.join(missing)}, which are not on this machine. "
            f"Install them as root with: apt-get install {packages}. It works on Debian 12 or newer. "
            + DATABASE_URL_ADVICE
        )
    if not _ZONES.exists():
        raise EmbeddedServerError(
            f"The time zones are missing ({_ZONES} does not exist). Install them as root with: apt-get install tzdata"
        )
    find_patchelf()


def _build(final: Path, progress: Progress) -> None:
    for leftover in final.parent.glob(f"{UNPACKING}*"):  # of a process killed in the middle; the lock is ours
        shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(prefix=UNPACKING, dir=final.parent) as name:
        work = Path(name)
        apt = PrivateApt(work / "apt", progress=progress)
        apt.prepare()
        apt.update()
        packages = apt.select_packages()
        files = apt.download(packages, work / "debs")
        root = work / "root"
        _unpack(files, root, progress)
        _drop_unused(root)
        progress("patching the programs")
        _patch(root, final)
        _write_versions(root, packages)
        root.rename(final)
    _check_programs(final)


def _unpack(files: Sequence[Path], root: Path, progress: Progress) -> None:
    root.mkdir(mode=0o755)
    for number, file in enumerate(files, start=1):
        if number % 20 == 0 or number == len(files):
            progress(f"unpacking {number} of {len(files)} packages")
        done = subprocess.run(["dpkg-deb", "--extract", file, root], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise EmbeddedServerError(f"dpkg-deb could not unpack {file.name} into {root}: {done.stderr.strip()}")


def _drop_unused(root: Path) -> None:
    for folder in ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/lib/locale", "etc", "var"):
        shutil.rmtree(root / folder, ignore_errors=True)


def _patch(root: Path, final: Path) -> None:
    base = root / "usr/lib/postgresql" / POSTGRESQL_VERSION
    programs = [path for path in sorted((base / "bin").iterdir()) if path.is_file() and _is_elf(path)]
    modules = [path for path in sorted((base / "lib").rglob("*.so")) if path.is_file() and not path.is_symlink()]
    patch_programs(root, final, programs, modules)


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _write_versions(root: Path, packages: Sequence[Package]) -> None:
    versions = {package.name: package.version for package in sorted(packages, key=lambda package: package.name)}
    (root / "packages.json").write_text(json.dumps(versions, indent=1) + "\n", encoding="utf-8")


def _check_programs(final: Path) -> None:
    """Run every program once: a library left out of the download shows here and not in the middle of a demo."""
    programs = Programs(final)
    for name in _PROGRAMS:
        complaint = _try_program(programs.find(name))
        if complaint is not None:
            broken = final.with_name(f"{final.name}.broken-{os.getpid()}")
            final.rename(broken)
            raise EmbeddedServerError(
                f"The unpacked program {name} does not run: {complaint} (kept for a look in {broken}). "
                "If its folder is on a disk mounted noexec, set XDG_CACHE_HOME to another one. " + DATABASE_URL_ADVICE
            )


def _try_program(program: Path) -> str | None:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError as error:
        return error.strerror
    return None if done.returncode == 0 else done.stderr.strip()
