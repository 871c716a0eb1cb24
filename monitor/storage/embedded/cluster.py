"""One PostgreSQL data folder: created once, configured at every start, cleared of what a dead owner left behind."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from monitor.storage.embedded.problem import EmbeddedServerError
from monitor.storage.embedded.processes import (
    find_children,
    is_running,
    read_command_line,
    send_signal,
    wait_for_end,
)
from monitor.storage.embedded.programs import Programs

SUPERUSER = "postgres"
FIRST_USER = 1000
OVERFLOW_USER = 65534  # what the kernel shows for users a namespace does not know
SECONDS_FOR_ORPHAN = 60.0

_ACCESS_RULES = """\
# Whoever may enter the socket's folder (mode 0700) is the owner. TCP, if it was asked for, needs the password.
local all all trust
host all all 127.0.0.1/32 scram-sha-256
"""


def confine(command: list[str | Path]) -> list[str | Path]:
    """Let a command of PostgreSQL run as this user.

    PostgreSQL refuses root, and initdb refuses a user without a name. Such a user becomes, inside a namespace of its
    own, another one that has a name on this machine; outside, the files stay its own.
    """
    user = os.geteuid()
    if user != 0 and _has_name(user):
        return command
    stand_in = _choose_stand_in()
    return ["unshare", "--user", f"--map-user={stand_in}", f"--map-group={stand_in}", "--", *command]


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _choose_stand_in() -> int:
    """Choose the usual first user where there is one; a fresh Debian has none, but always `daemon` and others."""
    named = sorted({entry.pw_uid for entry in pwd.getpwall()} - {0, OVERFLOW_USER})
    return FIRST_USER if FIRST_USER in named or not named else named[0]


class Cluster:
    """The folder `cluster` below the data folder, made and read by the programs given."""

    def __init__(self, folder: Path, programs: Programs) -> None:
        self.folder = folder
        self._programs = programs

    def exists(self) -> bool:
        """Tell whether there is a cluster; `create` makes it appear complete."""
        return (self.folder / "PG_VERSION").is_file()

    def create(self) -> None:
        """Run initdb beside the final place and rename, so that a killed initdb leaves nothing that looks complete."""
        unfinished = self.folder.with_name(f"{self.folder.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        command: list[str | Path] = [
            self._programs.find("initdb"),
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            "--encoding=UTF8",
            "--no-locale",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
            "--auth=reject",
            "--no-instructions",
        ]
        environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
        done = subprocess.run(confine(command), env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise EmbeddedServerError(explain_start_failure("initdb", self.folder, done.stdout + done.stderr))
        unfinished.rename(self.folder)

    def configure(self, settings: Mapping[str, str]) -> None:
        """Write the settings and who may connect; the files are ours alone and written anew at every start."""
        lines = ["# Written at every start; give settings to the embedded server instead of editing here."]
        lines += [f"{name} = '{_quote(value)}'" for name, value in settings.items()]
        (self.folder / "postgresql.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self.folder / "pg_hba.conf").write_text(_ACCESS_RULES, encoding="utf-8")

    def end_orphan(self) -> None:
        """End a postmaster whose owner died without it, and clear a `postmaster.pid` that names nobody of ours.

        Called only by the holder of the data folder's lock: whatever still runs here belongs to nobody.
        """
        pid_file = self.folder / "postmaster.pid"
        pid = self._read_postmaster_pid()
        if pid is None:
            return
        if is_running(pid) and self._is_ours(pid):
            everyone = [pid, *find_children(pid)]
            send_signal(pid, signal.SIGINT)
            if wait_for_end([pid], SECONDS_FOR_ORPHAN):
                for process in everyone:
                    send_signal(process, signal.SIGKILL)
            wait_for_end(everyone, SECONDS_FOR_ORPHAN)
        # The number may have been given to a stranger since, which PostgreSQL would take for a running server.
        pid_file.unlink(missing_ok=True)

    def end_leftover_workers(self) -> None:
        """Wait for workers that outlived a killed postmaster; they notice by themselves, a busy one is killed."""
        workers = [
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and self._works_here(int(entry.name))
        ]
        for worker in wait_for_end(workers, 2.0):
            send_signal(worker, signal.SIGKILL)
        wait_for_end(workers, SECONDS_FOR_ORPHAN)

    def is_ready(self) -> bool:
        """Tell whether the postmaster says it takes connections (line 8 of its pid file)."""
        lines = self._read_pid_lines()
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _read_pid_lines(self) -> list[str]:
        try:
            return (self.folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _read_postmaster_pid(self) -> int | None:
        lines = self._read_pid_lines()
        return int(lines[0]) if lines and lines[0].strip().isdigit() else None

    def _is_ours(self, pid: int) -> bool:
        return str(self.folder) in read_command_line(pid)

    def _works_here(self, pid: int) -> bool:
        try:
            works = Path(f"/proc/{pid}/cwd").resolve() == self.folder.resolve()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return False
        return works and read_command_line(pid)[:1] != [] and read_command_line(pid)[0].startswith("postgres:")


def _quote(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def explain_start_failure(program: str, folder: Path, output: str) -> str:
    """Put what PostgreSQL said into a sentence with what to do."""
    tail = "\n".join(f"    {line}" for line in output.strip().splitlines()[-12:])
    if "unshare" in output and "failed" in output:
        advice = (
            "This system does not let root make a user namespace (as in many containers). Run it as an ordinary user, "
            "or set DATABASE_URL to a TimescaleDB server."
        )
    elif "No space left" in output:
        advice = "The disk is full: free some space, or choose a data folder on another disk."
    elif "ermission denied" in output:
        advice = "This user must own the data folder and be able to enter every folder above it."
    else:
        advice = (
            "The full text is in server.log beside the data. A data folder that cannot be mended can be moved away."
        )
    return f"{program} failed in {folder}:\n{tail}\n{advice}"
