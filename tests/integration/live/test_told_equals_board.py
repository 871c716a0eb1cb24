"""What a client has after all deltas is what the board says: the engine tells everything that changes."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.live.messages import DELTA_PARTS
from alerts.live.scope import Scope
from alerts.live.whole_board import read_whole_board
from monitor.engine.hall_engine import HallEngine
from monitor.storage.case_clock import CaseClock
from monitor.storage.feed import read_feed_head, read_feed_since, reading_one_state
from monitor.storage.intake import store_heartbeat
from monitor.storage.thread_rules import ThreadRules
from tests.support.driven_hall import DrivenHall, at
from tests.support.small_hall import add_department, add_item

KEYS = {"departments": "code", "sources": "code", "cards": "card_id"}


def read_board(hall: DrivenHall) -> tuple[int, dict[str, Any]]:
    with reading_one_state(hall.connection):
        read = read_whole_board(hall.connection, Scope(hall.hall_id), ThreadRules(), CaseClock())
    return read.seq, read.board


def fold_feed(hall: DrivenHall, board: dict[str, Any], since: int) -> dict[str, Any]:
    """The board after every row of the feed since, as a client folds them."""
    for row in read_feed_since(hall.connection, hall.hall_id, since, limit=100_000):
        for name in DELTA_PARTS:
            part = row.body.get(name)
            if part is None or name == "cards_more":
                continue
            if name in KEYS:
                rows = {known[KEYS[name]]: known for known in board[name]}
                rows.update({new[KEYS[name]]: new for new in part})
                board[name] = list(rows.values())
            else:
                board[name] = part
    hall.connection.commit()
    return board


def of_the_silent(row: dict[str, Any]) -> dict[str, Any]:
    """A tile or source with the age of its data only where it is silent: of the others the heartbeats tell it.

    When the newest event of a source happened is told with whatever else changes, not for itself.
    """
    is_silent = row.get("silent") or row.get("state") == "silent"
    left_out = {"last_event_at"} if is_silent else {"last_event_at", "data_as_of", "complete_until"}
    return {name: value for name, value in row.items() if name not in left_out}


def draw_events(rng: random.Random, number: int, moment: datetime) -> list[dict[str, Any]]:
    item = rng.choice(["I1", "I2"])
    case_no = f"K{number}"
    kinds: list[tuple[str, dict[str, Any]]] = [("accepted", {})]
    if rng.random() < 0.3:
        kinds.append(("suspended", {"reason": "检验", "days": 3, "notice_no": "n", "approver": "a"}))
    if rng.random() < 0.6:
        kinds.append(("decided", {"result": "granted"}))
    events, when = [], moment
    for kind, fields in kinds:
        text = when.strftime("%Y-%m-%dT%H:%M:%S")
        events.append({"case_no": case_no, "item": item, "kind": kind, "occurred_at": text, **fields})
        when += timedelta(hours=rng.choice([1, 30, 80]))
    return events


@pytest.mark.parametrize("seed", range(3))
def test_the_board_folded_from_deltas_is_the_board(driven_hall: DrivenHall, seed: int) -> None:
    """Edge case 58: a page that drifts from the truth until it is loaded again; here deltas alone keep it true."""
    add_department(driven_hall.connection, driven_hall.hall_id, "D2", 2)
    add_item(driven_hall.connection, driven_hall.hall_id, "I2", "D2", promised=2, statutory=5)
    driven_hall.connection.commit()
    rng = random.Random(seed)
    now = at("2026-03-02T09:30")
    driven_hall.run("2026-03-02T09:30")
    since, board = read_board(driven_hall)
    waiting: list[dict[str, Any]] = []
    for step in range(60):
        now += timedelta(hours=rng.choice([1, 2, 5, 14]))
        waiting += draw_events(rng, step, now)
        text = now.strftime("%Y-%m-%dT%H:%M:%S")
        ready = [event for event in waiting if event["occurred_at"] <= text]
        waiting = [event for event in waiting if event["occurred_at"] > text]
        if ready:
            driven_hall.send(*ready, recorded_at=text)
        if rng.random() < 0.6:
            word = now.astimezone(UTC)
            store_heartbeat(driven_hall.connection, driven_hall.sender.source_id, word, word)
            driven_hall.connection.commit()
        if rng.random() < 0.2:  # an engine that begins anew, hours after the last one ended
            driven_hall.engine = HallEngine(driven_hall.engine.connection, driven_hall.engine.hall)
        driven_hall.run(text)
        _, truth = read_board(driven_hall)
        told = fold_feed(driven_hall, board, since)
        since = read_feed_head(driven_hall.connection, driven_hall.hall_id).seq
        driven_hall.connection.commit()
        told["cards"] = sorted(told["cards"], key=lambda card: (card["issued_at"], card["card_id"]), reverse=True)[:30]
        # An outage is shown for a day: the page leaves it out by itself.
        shown = (now - timedelta(days=1)).astimezone(UTC)
        told["outages"] = [row for row in told["outages"] if datetime.fromisoformat(row["blind_until"]) > shown]
        for name in ("numbers", "due_days", "cards", "feed_cards", "outages", "warnings"):
            assert told[name] == truth[name], f"{name} at {text}"
        for name in ("departments", "sources"):
            assert [of_the_silent(row) for row in told[name]] == [of_the_silent(row) for row in truth[name]], name
        # The trend is told once a day; its running month is that of the numbers, told with every change.
        assert told["trend"][:-1] == truth["trend"][:-1]
        month = told["numbers"]["speedup_month"]
        assert (truth["trend"][-1]["value"], truth["trend"][-1]["n"]) == (month["value"], month["n"])
        board = told
