"""What a demo was asked for, and what its folder remembers of it."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from monitor.simulator.life import LIVE_FROM


class DemoError(RuntimeError):
    """The demo cannot go on; the text says why and what to do."""


@dataclass(frozen=True)
class DemoSettings:
    """The options of the command; `folder` is absolute."""

    seed: int
    pace: float
    days: int
    cases: int
    port: int
    folder: Path
    fresh: bool
    silence: bool
    database_url: str | None

    @property
    def history_from(self) -> date:
        """The first day of history."""
        return LIVE_FROM - timedelta(days=self.days)

    @property
    def database_folder(self) -> Path:
        """Data of the embedded server."""
        return self.folder / "database"

    @property
    def truth_file(self) -> Path:
        """Every finding the hall holds, known without the judge."""
        return self.folder / "truth.ndjson"

    @property
    def keys_file(self) -> Path:
        """Keys of the simulated sources; readable by this user only."""
        return self.folder / "source-keys.json"

    @property
    def service_log(self) -> Path:
        """What the service has to say."""
        return self.folder / "service.log"


@dataclass(frozen=True)
class Memory:
    """What the folder remembers: which hall lives in it, and up to which moment everything was sent and confirmed.

    `begun`: its registry and case time stand in the database. `simulator`: mark of the simulator it was begun with.
    """

    seed: int
    days: int
    cases: int
    simulator: str = ""
    begun: bool = False
    sent_until: int = 0

    @staticmethod
    def of(settings: DemoSettings, simulator: str = "") -> Memory:
        """A hall not begun yet."""
        return Memory(settings.seed, settings.days, settings.cases, simulator)

    def is_same_hall(self, other: Memory) -> bool:
        """Whether both live the same days."""
        return (self.seed, self.days, self.cases) == (other.seed, other.days, other.cases)

    def describe(self) -> str:
        """Its options, as one would write them."""
        return f"--seed {self.seed} --days {self.days} --cases {self.cases}"


def read_memory(folder: Path) -> Memory | None:
    """What the folder remembers, or None. Raises DemoError for a file that is not ours."""
    file = folder / "demo.json"
    try:
        return Memory(**json.loads(file.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise DemoError(
            f"{file} cannot be read ({error}): begin anew with --fresh, or choose another --data"
        ) from error


def write_memory(folder: Path, memory: Memory) -> None:
    """Remember; a crash leaves the old or the new, never half."""
    new = folder / "demo.json.new"
    new.write_text(json.dumps(asdict(memory)), "utf-8")
    new.replace(folder / "demo.json")


def recall(settings: DemoSettings, simulator: str) -> Memory:
    """Prepare the folder and tell what to go on from.

    A hall of other options, or of a simulator with another mark, cannot be gone on with: DemoError, unless `--fresh`.
    """
    folder = settings.folder
    if settings.fresh:
        forget(settings)
    memory = read_memory(folder)
    wanted = Memory.of(settings, simulator)
    if memory is None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_memory(folder, wanted)
        return wanted
    if not memory.is_same_hall(wanted):
        raise DemoError(
            f"{folder} holds a hall of {memory.describe()}, not of {wanted.describe()}: go on with its options, begin "
            "anew with --fresh, or choose another --data"
        )
    if memory.simulator != simulator:
        raise DemoError(
            f"{folder} holds a hall that another version of the simulator began; this one would tell its days "
            "differently: begin anew with --fresh, or choose another --data"
        )
    return memory


def forget(settings: DemoSettings) -> None:
    """Remove the hall in the folder; nothing else that may lie there."""
    from monitor.storage.embedded import find_running_url

    if settings.database_url is not None:
        raise DemoError("--fresh forgets the embedded database only: with DATABASE_URL, give an empty database instead")
    if not settings.folder.exists():
        return
    if find_running_url(settings.database_folder) is not None:
        raise DemoError(f"a demo is running in {settings.folder}: stop it first (Ctrl-C), or choose another --data")
    shutil.rmtree(settings.database_folder, ignore_errors=True)
    shutil.rmtree(settings.folder / "registry", ignore_errors=True)
    for file in (settings.truth_file, settings.keys_file, settings.service_log, settings.folder / "demo.json"):
        file.unlink(missing_ok=True)
