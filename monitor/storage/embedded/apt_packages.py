"""Private apt: finds and downloads PostgreSQL with TimescaleDB without touching the machine's own apt."""

import os
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.storage.embedded.apt_sources import read_machine_sources, select_debian_sources
from monitor.storage.embedded.problem import DATABASE_URL_ADVICE, EmbeddedServerError

SUITE = "trixie"
POSTGRESQL_VERSION = "17"
TIMESCALEDB_PACKAGE = f"postgresql-{POSTGRESQL_VERSION}-timescaledb"
WANTED_PACKAGES = (f"postgresql-{POSTGRESQL_VERSION}", TIMESCALEDB_PACKAGE)

_ADMINISTRATION_ONLY = re.compile(
    r"^(perl|libperl|lib.*-perl$|libllvm|libz3|locales$|libc-l10n|adduser$|passwd$|login|base-passwd|postgresql-.*common"
    r"|ssl-cert|openssl$|debconf$|ucf$|sensible-utils|procps|libproc2|init-system|sysvinit|readline-common|libpam-m)"
)
"""Packages of the closure that only install scripts, man pages, the JIT compiler (off here) or cluster wrappers need.

Half of the download. What remains is checked by running every program once after unpacking.
"""

_MACHINE_SETTINGS_LEFT_OUT = ("IndexTargets", "Languages", "CompressionTypes", "Changelogs", "cdrom", "GzipIndexes")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Package:
    """One package file of the closure: `name=version` as apt wants it, and its size in bytes."""

    name: str
    version: str
    size: int


class PrivateApt:
    """apt-get with its own folders below `folder`; needs no root and changes nothing of the machine's."""

    def __init__(self, folder: Path, *, etc_apt: Path = Path("/etc/apt"), progress: Progress) -> None:
        self._folder = folder
        self._etc_apt = etc_apt
        self._progress = progress
        self._update_output = ""
        self._environment = dict(os.environ, APT_CONFIG=str(folder / "apt.conf"), LC_ALL="C.UTF-8", LANG="C.UTF-8")

    def prepare(self) -> None:
        """Write the private configuration: the machine's own Debian sources, moved to `SUITE`."""
        for name in ("lists/partial", "archives/partial", "state", "preferences.d", "sources.list.d"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        (self._folder / "state/status").touch()
        (self._folder / "preferences").touch()
        sources = select_debian_sources(read_machine_sources(self._etc_apt), SUITE)
        if not sources:
            raise EmbeddedServerError(
                f"No Debian archive was found in {self._etc_apt}/sources.list or {self._etc_apt}/sources.list.d, "
                "so TimescaleDB cannot be fetched. The embedded server needs Debian 12 or newer. " + DATABASE_URL_ADVICE
            )
        lines = [source.render_line() for source in sources]
        (self._folder / "sources.list").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self._folder / "apt.conf").write_text(self._render_configuration(), encoding="utf-8")

    def _render_configuration(self) -> str:
        folder, etc_apt = self._folder, self._etc_apt
        private = {
            "Dir::State": folder / "state",
            "Dir::State::lists": folder / "lists",
            "Dir::State::status": folder / "state/status",
            "Dir::Cache": folder,
            "Dir::Cache::archives": folder / "archives",
            "Dir::Etc": folder,
            "Dir::Etc::netrc": etc_apt / "auth.conf",
            "Dir::Etc::netrcparts": etc_apt / "auth.conf.d",
            "Dir::Etc::trusted": etc_apt / "trusted.gpg",
            "Dir::Etc::trustedparts": etc_apt / "trusted.gpg.d",
        }
        lines = [f'{name} "{path}";' for name, path in private.items()]
        lines += ['APT::Sandbox::User "root";', 'Acquire::Languages "none";', 'Acquire::GzipIndexes "true";']
        return "\n".join([*lines, *self._read_machine_transport()]) + "\n"

    def _read_machine_transport(self) -> list[str]:
        """Take over how the machine reaches its archive (proxies, certificates), but none of its hooks."""
        dump = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=False)
        kept = []
        for line in dump.stdout.splitlines():
            parts = line.split(" ", 1)[0].split("::")
            if len(parts) > 1 and parts[1] not in _MACHINE_SETTINGS_LEFT_OUT and not line.endswith(' "";'):
                kept.append(line)
        return kept

    def update(self) -> None:
        """Fetch the package lists; a source that fails is lived with as long as the packages are found."""
        self._progress("fetching the package lists")
        self._update_output = self._run("apt-get", "update", "-q")

    def select_packages(self) -> list[Package]:
        """Give the closure of `WANTED_PACKAGES`, without what only administration needs."""
        command = ("apt-get", "install", "-qq", "--yes", "--no-install-recommends", "--print-uris", *WANTED_PACKAGES)
        listing = self._run(*command)
        packages = parse_print_uris(listing)
        if not any(package.name == TIMESCALEDB_PACKAGE for package in packages):
            raise EmbeddedServerError(
                f"The machine's Debian sources do not offer {TIMESCALEDB_PACKAGE} in {SUITE}. apt said:\n"
                f"{_shorten(self._update_output + listing)}\n"
                "Check with `apt-get update` that the machine reaches its Debian archive, and that the package "
                "debian-archive-keyring is up to date. " + DATABASE_URL_ADVICE
            )
        return [package for package in packages if not _ADMINISTRATION_ONLY.match(package.name)]

    def download(self, packages: Sequence[Package], target: Path) -> list[Path]:
        """Download the packages into `target` (hashes checked by apt) and give the files."""
        target.mkdir(parents=True, exist_ok=True)
        megabytes = sum(package.size for package in packages) / 1e6
        self._progress(f"downloading {len(packages)} packages, {megabytes:.0f} MB")
        names = [f"{package.name}={package.version}" for package in packages]
        self._download_with_progress(names, target)
        files = sorted(target.glob("*.deb"))
        if len(files) != len(packages):
            raise EmbeddedServerError(f"apt-get download left {len(files)} of {len(packages)} packages in {target}.")
        return files

    def _download_with_progress(self, names: Sequence[str], target: Path) -> None:
        reader, writer = os.pipe()
        log = self._folder / "download.log"
        with os.fdopen(reader, encoding="utf-8", errors="replace") as status, log.open("w") as output:
            try:
                process = subprocess.Popen(
                    ["apt-get", "download", "-q", "-o", f"APT::Status-Fd={writer}", *names],
                    cwd=target,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=[writer],
                )
            finally:
                os.close(writer)
            for percent in select_quarters(status):
                self._progress(f"downloaded {percent} %")
        if process.wait() != 0:
            raise _explain_failure("apt-get download", process.returncode, log.read_text(encoding="utf-8"))

    def _run(self, *command: str) -> str:
        """Run apt for what it prints; whether it succeeded shows in that, and is judged by the caller."""
        done = subprocess.run(
            command,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout


_PRINTED_URI = re.compile(r"^'[^']+' (?P<file>\S+\.deb) (?P<size>\d+) ", re.MULTILINE)


def parse_print_uris(listing: str) -> list[Package]:
    """Read apt's `--print-uris`: one line `'URI' NAME_VERSION_ARCHITECTURE.deb SIZE HASH` for each package."""
    packages = []
    for match in _PRINTED_URI.finditer(listing):
        name, version, _ = match["file"].split("_", 2)
        packages.append(Package(name, version.replace("%3a", ":"), int(match["size"])))
    return packages


def select_quarters(status: Iterable[str]) -> Iterator[int]:
    """Read apt's status lines `dlstatus:FILE:PERCENT:TEXT` and give 25, 50 and 75 when each is reached."""
    reached = 0
    for line in status:
        kind, _, rest = line.partition(":")
        percent = rest.split(":")[1] if kind == "dlstatus" and rest.count(":") >= 2 else ""
        quarter = int(float(percent) // 25 * 25) if percent.replace(".", "", 1).isdigit() else 0
        if reached < quarter < 100:
            reached = quarter
            yield quarter


def _explain_failure(command: str, code: int, output: str) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"`{command}` failed (exit code {code}):\n{_shorten(output)}\n"
        "Check with `apt-get update` that the machine reaches its Debian archive. " + DATABASE_URL_ADVICE
    )


def _shorten(output: str, lines: int = 12) -> str:
    return "\n".join(f"    {line}" for line in output.strip().splitlines()[-lines:])
