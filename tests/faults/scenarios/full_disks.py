"""Disks that are full: the database's, and that of the service's own output."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.scale import Times
from tests.faults.scenario import Outcome, Scenario, Skip, Told
from tests.faults.site import Site
from tests.faults.trial import Setting, Trial

ANSWERS_BETWEEN = 40
REFUSALS_WANTED = 5
MEGABYTE = bytes(1 << 20)
FULL = Path("/dev/full")


class FullDatabaseDisk(Scenario):
    """The database lives on a small disk, which is filled to the last byte and freed again."""

    name = "full disk: database"
    what = "the database's disk filled until requests are refused, then freed"
    times = Times(1, 3, 20)
    most_at_once = 5

    def __init__(self) -> None:
        self._folder = Path()
        self._restarts = 0

    def setting(self) -> Setting:
        """With the database on the small disk, which no earlier installation shares, and hardly any log in reserve."""
        folder = self._folder / "db"
        if folder.exists():
            shutil.rmtree(folder)
        settings = {"max_wal_size": "48MB", "min_wal_size": "32MB", "shared_buffers": "64MB"}
        return Setting(database_folder=folder, settings=settings)

    def run(self, times: int, told: Told = lambda _: None) -> Outcome:
        """On a disk of its own."""
        try:
            with small_disk(megabytes=600) as self._folder:
                return super().run(times, told)
        except Skip as skip:
            return Outcome(self.name, self.what, skipped=str(skip))

    def strike(self, trial: Trial, _: int) -> None:
        """Fill it, wait for refusals, free it; a database that gave up is started again, as systemd would."""
        site, ledger = trial.site, trial.ledger
        trial.await_answers(ANSWERS_BETWEEN)
        refused = ledger.turned_away + ledger.broken_off
        with ballast(self._folder):
            site.wait_for(
                lambda: ledger.turned_away + ledger.broken_off >= refused + REFUSALS_WANTED,
                f"{REFUSALS_WANTED} refused requests on a full disk",
            )
        self._restarts += not site.is_database_alive()
        site.start_database()
        site.wait_ready()
        site.wait_judged_beyond(site.last_committed())

    def notes(self) -> dict[str, str]:
        """What it took."""
        return {"database had to be started again": str(self._restarts)}


class FullServiceDisk(Scenario):
    """Whatever the service says goes to a full disk; kills give it much to say."""

    name = "full disk: service"
    what = "the service's output on a full disk, while database and engine are killed"
    times = Times(1, 4, 20)

    def setting(self) -> Setting:
        """The output is changed with the first start after that."""
        if not FULL.exists():
            raise Skip(f"{FULL} is not there")
        return Setting()

    def strike(self, trial: Trial, number: int) -> None:
        """Start it with a full disk, then kill what it will complain of."""
        site = trial.site
        site.output = FULL
        site.kill_service_and_engine()
        site.wait_ready()
        trial.await_answers(ANSWERS_BETWEEN)
        (Site.kill_database, Site.kill_engine)[number % 2](site)
        site.wait_ready()
        site.wait_judged_beyond(site.last_committed())


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A disk of so many megabytes, in memory. Raises Skip where this user may not mount one."""
    with TemporaryDirectory(prefix="faults-disk-") as folder:
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder]
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
        if mounted.returncode:
            raise Skip(f"no small disk can be mounted: {mounted.stderr.strip() or 'mount failed'}")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def ballast(folder: Path) -> Iterator[None]:
    """Fill the disk of a folder for a block."""
    path = folder / "ballast"
    with path.open("wb", buffering=0) as file:
        for chunk in (MEGABYTE, MEGABYTE[:4096]):
            with suppress(OSError):
                while file.write(chunk):
                    pass
        os.fsync(file.fileno())
    try:
        yield
    finally:
        path.unlink()
