"""A hall's installation as child processes: the embedded database and `e-supervision serve`, each killed at will."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

from monitor.intake.keys import create_key
from monitor.simulator.workload import Workload
from monitor.storage.case_clock import set_case_time
from monitor.storage.database import connect
from monitor.storage.embedded import EmbeddedServer
from monitor.storage.embedded.processes import find_children, read_command_line, wait_for_end
from monitor.storage.feed import begin_feeds_anew
from monitor.storage.migrations import migrate
from tests.faults.link import Link
from tests.faults.nursery import Nursery, Service
from tests.faults.points import install_points
from tests.performance.registry_loading import load_simulated_registry
from tests.support.held_port import hold_port

SECONDS = 90.0
"""Longest wait for anything; nothing is asserted about how long it took."""

_UNSETTLED = """
select count(*) from engine_state
where judging_at is distinct from as_of
    or as_of <> (select case_anchor from case_clock order by real_anchor desc limit 1)
"""

_CAUGHT_UP = """
select count(*) from engine_state, lateral (
    select case_anchor + (clock_timestamp() - real_anchor) * rate as case_time
    from case_clock where real_anchor <= clock_timestamp() order by real_anchor desc limit 1
) as now
where case_time > as_of
"""

_TURN_CASE_TIME = """
with moment as (select clock_timestamp() as real_at),
newest as (select * from case_clock order by real_anchor desc limit 1),
turned as (
    insert into case_clock (real_anchor, case_anchor, rate, reason)
    select greatest(real_at, real_anchor + interval '1 microsecond'),
        case_anchor + (real_at - real_anchor) * rate + %(by)s, rate, 'turned'
    from newest, moment
)
select pg_notify('case_clock', '')
"""


class Site:
    """Database and service of one hall in a folder whose path is short enough for a socket.

    `is_linked`: the service reaches the database over TCP through `link`, which can be cut; the harness does not.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str] = MappingProxyType({}),
        *,
        is_linked: bool = False,
        database_folder: Path | None = None,
    ) -> None:
        self.log = self.output = folder / "service.log"
        self._nursery = Nursery()
        self._holder = hold_port()
        self.port = int(self._holder.getsockname()[1])
        self.link: Link | None = None
        self.surroundings: dict[str, str] = {}
        """Further variables of the service's environment."""
        self.database_folder = database_folder or folder / "db"
        self._is_linked = is_linked
        self._database = EmbeddedServer(
            self.database_folder, settings=settings, port=0 if is_linked else None, progress=lambda _: None
        )
        self._service: Service | None = None

    def __enter__(self) -> Self:
        """Start the database and bring its schema; the service is started apart."""
        migrate(self._database.start())
        if self._is_linked:
            self.link = Link(self._database.url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End both in good order."""
        self.stop_service()
        if self.link is not None:
            self.link.close()
        self._database.stop()
        self._nursery.close()
        self._holder.close()

    @property
    def url(self) -> str:
        """URL of the running database: the same after every start."""
        return self._database.url

    def open_hall(
        self, workload: Workload, case_seconds_a_second: float, begins: datetime, zone: str | None = None
    ) -> dict[str, str]:
        """Load the simulated registry, set case time going, and give a key for each source of the workload.

        `zone`: another one than the simulated hall's.
        """
        with connect(self.url) as connection:
            load_simulated_registry(connection, workload.hall)
            install_points(connection)
            if zone is not None:
                connection.execute("update hall set zone = %s", [zone])
            now = datetime.now(UTC)
            keys = {source: create_key(connection, source, now).key for source in workload.sources}
            set_case_time(connection, begins, case_seconds_a_second, "faults", now)
            connection.commit()
        return keys

    def turn_case_time(self, by: timedelta) -> None:
        """Let case time jump, back as well, as a machine's clock that is set does; the product makes no such row."""
        with connect(self.url) as connection, connection.transaction():
            connection.execute(_TURN_CASE_TIME, {"by": by})

    def run_case_time(self, case_seconds_a_second: float) -> None:
        """Let case time go on from where it stands; 0 lets it stand still, so that the engine can settle."""
        with connect(self.url) as connection:
            set_case_time(connection, None, case_seconds_a_second, "faults")
            connection.commit()

    # -- the service -----------------------------------------------------------------------------------------------

    def start_service(self, *words: str) -> None:
        """Start it on the port that the windows know."""
        url = self.url if self.link is None else self.link.url
        variables = {"DATABASE_URL": url, "ESUPERVISION_LOG_FORMAT": "json", **self.surroundings}
        self._service = self._nursery.start(["serve", "--port", str(self.port), *words], variables, self.output)

    def stop_service(self) -> None:
        """Let it end in good order."""
        if self._service is not None:
            self._service.send(signal.SIGTERM)
            self._service.wait(SECONDS)
        self._service = None

    def wait_ready(self) -> None:
        """Wait until it answers that it is ready."""
        self.wait_for(self._is_ready, "readiness of the service")

    def _is_ready(self) -> bool:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as client:
                client.request("GET", "/readyz")
                with client.getresponse() as answer:
                    return answer.status == 200
        except (OSError, http.client.HTTPException):
            return False

    @property
    def service_process(self) -> int:
        """Process id of the service."""
        assert self._service is not None
        return self._service.pid

    def engine_processes(self) -> list[int]:
        """Process ids of the engine of the service: one, or none while it is started again."""
        children = find_children(self.service_process)
        return [pid for pid in children if "spawn_main" in " ".join(read_command_line(pid))]

    # -- kill -9 ---------------------------------------------------------------------------------------------------

    def kill_engine(self) -> None:
        """Kill the engine; the service starts another."""
        engines = self.wait_for(self.engine_processes, "an engine to kill")
        for pid in engines:
            os.kill(pid, signal.SIGKILL)
        wait_for_end(engines, SECONDS)

    def kill_service(self) -> None:
        """Kill the service's first process, and start it again; its engine sees that and ends by itself."""
        assert self._service is not None
        self._service.send(signal.SIGKILL)
        self._service.wait(SECONDS)
        self.start_service()

    def kill_service_and_engine(self) -> None:
        """Kill every process of the service at once, and start it again."""
        self.crash_service()
        self.start_service()

    def crash_service(self) -> None:
        """Kill every process of the service at once, and leave it so."""
        assert self._service is not None
        engines = self.engine_processes()
        self._service.send(signal.SIGKILL)
        for pid in engines:
            os.kill(pid, signal.SIGKILL)
        self._service.wait(SECONDS)
        self._service = None
        wait_for_end(engines, SECONDS)

    def kill_database(self) -> None:
        """Kill every process of the database at once, as a power cut would, and start it again."""
        self._database.kill()
        self._database.start()

    def stop_database(self) -> None:
        """Stop it in good order."""
        self._database.stop()

    def copy_database(self, copy: Path) -> None:
        """Stop the database, copy its folder, start it again."""
        self._database.stop()
        shutil.copytree(self.database_folder / "cluster", copy, symlinks=True)
        self._database.start()

    def put_back(self, copy: Path) -> None:
        """Put a copy in the place of the database, which is killed, and start it. The service must not run."""
        self._database.kill()
        shutil.rmtree(self.database_folder / "cluster")
        shutil.copytree(copy, self.database_folder / "cluster", symlinks=True)
        self._database.start()
        with connect(self.url) as connection, connection.transaction():
            begin_feeds_anew(connection)

    def is_database_alive(self) -> bool:
        """Tell whether the database's first process runs."""
        return self._database.is_alive()

    def start_database(self) -> None:
        """Start it again where it does not run."""
        self._database.start()

    # -- looking on ------------------------------------------------------------------------------------------------

    def _number(self, query: str) -> int:
        with connect(self.url) as connection:
            row = connection.execute(query.encode()).fetchone()
        return 0 if row is None else int(row[0])

    def count_waiting(self) -> int:
        """Batches that are committed and not judged yet."""
        return self._number("select count(*) from unfolded_batch")

    def last_committed(self) -> int:
        """Number of the newest batch."""
        return self._number("select batch_no from batch_chain")

    def last_judged(self) -> int:
        """Number of the newest batch that the engine has judged."""
        return self._number("select folded_batch_no from engine_state")

    def wait_judged(self) -> None:
        """Wait until the engine has judged every committed batch."""
        self.wait_for(lambda: self.count_waiting() == 0, "judgement of everything committed")

    def newest_feed_row(self) -> int:
        """Number of the newest row of the feed."""
        return self._number("select coalesce(max(seq), 0) from feed")

    def wait_case_time_in_force(self) -> None:
        """Wait until the newest row of case time, made a second before, is in force."""
        query = "select count(*) from case_clock having max(real_anchor) <= clock_timestamp()"
        self.wait_for(lambda: self._number(query), "the newest row of case time in force")

    def wait_settled(self) -> None:
        """Wait until the engine has come to where case time stands still."""
        self.wait_for(lambda: self._number(_UNSETTLED) == 0, "the engine at the moment where case time stands")

    def wait_case_time_caught_up(self) -> None:
        """Wait until case time, turned back, has come again to where the engine already was."""
        self.wait_for(lambda: self._number(_CAUGHT_UP), "case time at the moment that was judged already")

    def wait_judged_up_to(self, moment: datetime) -> None:
        """Wait until everything due up to a moment of case time has been fired."""
        query = f"select count(*) from engine_state where as_of >= '{moment.isoformat()}'"
        self.wait_for(lambda: self._number(query), f"{moment} in case time")

    def wait_judged_beyond(self, batch_no: int) -> None:
        """Wait until the engine has judged a batch committed after `batch_no`."""
        self.wait_for(lambda: self.last_judged() > batch_no, "judgement of what was sent after the kill")

    def wait_for(self, told: Callable[[], Any], what: str) -> Any:
        """Ask again and again until the answer is true."""
        latest = time.monotonic() + SECONDS
        while time.monotonic() < latest:
            if answer := told():
                return answer
            if self._service is not None and self._service.has_ended():
                raise AssertionError(f"the service ended by itself:\n{self.tail()}")
            time.sleep(0.05)
        raise AssertionError(f"{what} did not come within {SECONDS:.0f} s; the service says:\n{self.tail()}")

    def tail(self) -> str:
        """What the service said last."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-30:])
