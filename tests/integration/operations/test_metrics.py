"""What Prometheus is told: true figures, from whichever process is asked, under a bounded set of labels."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from monitor.engine.measure import LATENESS_BOUNDS, Lateness
from monitor.storage.measures import read_engine_work
from tests.support.driven_hall import DrivenHall
from tests.support.running_service import Service, send_case, serving
from tests.support.severable_link import severable_link

LABELS = {
    "hall", "hall_id", "department", "light", "limit", "state", "verdict", "route", "method", "status", "reason", "le",
    "generation", "implementation", "major", "minor", "patchlevel", "version",
}  # fmt: skip
"""Every label there may be: none of them takes a case, an event, a source or an address."""


def read_metrics(text: str) -> dict[str, float]:
    """Series with their values, as Prometheus would write them."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {series: float(value) for series, _, value in (line.rpartition(" ") for line in lines)}


def metrics_of(service: Service) -> dict[str, float]:
    answer = service.client.get("/metrics")
    assert answer.status_code == 200
    return read_metrics(answer.text)


def has_counted(service: Service, series: str, wanted: float) -> bool:
    return metrics_of(service).get(series) == wanted


def post(service: Service, key: str, *events: dict[str, Any]) -> dict[str, Any]:
    given = {"source": "S1", "kind": "accepted", "item": "I1", "occurred_at": "2026-01-05T09:00:00+08:00"}
    body = [{**given, **event} for event in events]
    answer = service.client.post("/api/v1/events", json=body, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def test_intake_engine_and_open_cases_are_counted(database_url: str, key: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path) as service:
        service.wait_until_ready()
        post(service, key, {"event_id": "a", "case_no": "K1"}, {"event_id": "b", "case_no": "K2"})
        post(service, key, {"event_id": "a", "case_no": "K1"}, {"event_id": "b", "case_no": "K3"}, {"event_id": "c"})
        counted = 'esupervision_engine_events_total{hall="DEMO"}'
        service.wait_for(lambda: metrics_of(service)[counted] == 2, "judging")  # counted when the cycle ends
        told = metrics_of(service)
    taken = {verdict: told[f'esupervision_intake_events_total{{verdict="{verdict}"}}'] for verdict in (
        "accepted", "duplicate", "conflicting", "rejected",
    )}  # fmt: skip
    assert taken == {"accepted": 2, "duplicate": 1, "conflicting": 1, "rejected": 1}
    assert told["esupervision_intake_seconds_count"] == 2
    assert told["esupervision_intake_bytes_total"] > 100
    assert told['esupervision_engine_events_total{hall="DEMO"}'] == 2
    assert told['esupervision_engine_batches_total{hall="DEMO"}'] == 1
    assert told['esupervision_engine_judged_total{hall="DEMO"}'] >= 2
    assert told['esupervision_engine_waiting_batches{hall="DEMO"}'] == 0
    assert told['esupervision_engine_waiting_seconds{hall="DEMO"}'] == 0
    red = 'esupervision_open_cases{department="D1",hall="DEMO",light="red"}'
    assert told[red] == 2, "accepted months ago: both limits are passed"
    assert told['esupervision_overdue_cases{department="D1",hall="DEMO",limit="statutory"}'] == 2
    assert told['esupervision_sources{hall="DEMO",state="unconfirmed"}'] == 1, "its events came, but no heartbeat"
    assert told['esupervision_sources{hall="DEMO",state="unknown"}'] == 0
    assert told['esupervision_feed_rows_total{hall="DEMO",hall_id="1"}'] >= 1
    assert told["esupervision_database_reachable"] == 1


def test_no_label_grows_with_cases_senders_or_addresses(database_url: str, key: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path) as service:
        service.wait_until_ready()
        events = [{"event_id": f"e{n}", "case_no": f"K{n}", "item": f"X{n}", "department": f"N{n}"} for n in range(30)]
        post(service, key, *events)
        service.wait_for(lambda: metrics_of(service)['esupervision_engine_events_total{hall="DEMO"}'] == 30, "judging")
        for number in range(30):
            service.client.get(f"/api/v1/cases/S1/K{number}")
            service.client.get(f"/nowhere/{number}")
        text = service.client.get("/metrics").text
    series = read_metrics(text)
    assert {label for name in series for label in re.findall(r'(\w+)="', name)} <= LABELS
    assert not [name for name in series if re.search(r'"(K|X|N|e|S)\d+"', name)]
    places = [name for name in series if name.startswith("esupervision_open_cases{") and series[name]]
    assert {(name, series[name]) for name in places} == {
        ('esupervision_open_cases{department="unknown",hall="DEMO",light="red"}', 30)
    }
    assert len(series) < 400


def test_a_waiting_batch_is_told_with_its_age(
    database_url: str, key: str, connection: Connection[Any], tmp_path: Path
) -> None:
    with serving(database_url, tmp_path, "--role", "intake") as intake:
        intake.wait_until_ready()
        send_case(intake, key, "K1")
    connection.execute("alter table intake_batch disable trigger user")
    connection.execute("update intake_batch set received_at = received_at - interval '5 minutes'")
    with serving(database_url, tmp_path, "--role", "push") as push:
        told = metrics_of(push)
    assert told['esupervision_engine_waiting_batches{hall="DEMO"}'] == 1
    assert 300 <= told['esupervision_engine_waiting_seconds{hall="DEMO"}'] < 900


def test_counts_go_on_where_the_engine_before_left_off(database_url: str, key: str, tmp_path: Path) -> None:
    events = 'esupervision_engine_events_total{hall="DEMO"}'
    for number in (1, 2):
        with serving(database_url, tmp_path) as service:
            service.wait_until_ready()
            send_case(service, key, f"K{number}")
            service.wait_for(partial(has_counted, service, events, number), "judging")


async def test_without_its_database_a_process_still_says_what_it_counted(
    database_url: str, key: str, tmp_path: Path
) -> None:
    async with severable_link(database_url) as link:
        await asyncio.to_thread(_lose_database, link, key, tmp_path)


def _lose_database(link: Any, key: str, folder: Path) -> None:
    with serving(link.url, folder) as service:
        service.wait_until_ready()
        send_case(service, key, "K1")
        link.cut()
        told = service.wait_for(
            lambda: (told := metrics_of(service))["esupervision_database_reachable"] == 0 and told, "the loss"
        )
        assert told['esupervision_intake_events_total{verdict="accepted"}'] == 1
        link.restore()
        service.wait_for(lambda: metrics_of(service)["esupervision_database_reachable"] == 1, "the return")


def test_the_lateness_of_cards_that_fell_due_is_kept(driven_hall: DrivenHall) -> None:
    """A promise accepted on Thursday at ten is due on Wednesday at closing: the engine comes 20 s later."""
    driven_hall.send({"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-17T10:00", "item": "I1"})
    for moment in ("2026-09-17T10:01", "2026-09-21T09:00:00.200", "2026-09-23T17:00:20"):
        driven_hall.run(moment)
    assert driven_hall.rows("select level::text, reason from card order by card_id") == [
        ("reminder", "due"), ("yellow", "due"),
    ]  # fmt: skip
    work = read_engine_work(driven_hall.connection, driven_hall.hall_id)
    assert work is not None
    assert (work.cards, work.fired, work.events, work.batches) == (2, 2, 1, 1)
    counts = dict(zip([*LATENESS_BOUNDS, "above"], work.lateness_counts, strict=True))
    assert sum(counts[bound] for bound in (0.25, 0.5, 1.0, 2.5, 5.0, 10.0)) == 1, "0.2 s and what judging took"
    assert counts[30.0] + counts[60.0] == 1, "20 s and what judging took"
    assert work.lateness_seconds > 20.2


def test_what_was_recorded_late_is_no_lateness_of_the_engine(driven_hall: DrivenHall) -> None:
    driven_hall.run("2026-09-25T09:00")
    driven_hall.send({"case_no": "c1", "kind": "accepted", "occurred_at": "2026-09-10T10:00", "item": "I1"},
                     recorded_at="2026-09-25T10:00")  # fmt: skip
    driven_hall.run("2026-09-25T10:01")
    assert driven_hall.rows("select distinct reason from card") == [("known_late",)]
    work = read_engine_work(driven_hall.connection, driven_hall.hall_id)
    assert work is not None
    assert (work.cards, sum(work.lateness_counts)) == (0, 0)


@pytest.mark.parametrize(("rate", "low", "high"), [(1.0, 60.0, 300.0), (600.0, 0.05, 30.0), (0.0, 0.0, 30.0)])
def test_lateness_is_real_time_however_fast_case_time_runs(rate: float, low: float, high: float) -> None:
    due = round(datetime(2026, 9, 23, 9, tzinfo=UTC).timestamp() * 1_000_000)
    late = Lateness(due + 90_000_000, rate)
    late.note([due])
    assert low <= late.seconds <= high
    assert sum(late.counts) == 1


def test_an_idle_cycle_counts_nothing(driven_hall: DrivenHall) -> None:
    driven_hall.run("2026-09-17T10:01")
    driven_hall.run("2026-09-17T10:02")
    assert read_engine_work(driven_hall.connection, driven_hall.hall_id) is None
