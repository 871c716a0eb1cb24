"""The engine's hot queries at volume: the right index, and as many rows as they give, whatever lies beside them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.support.seeded_engine import AS_OF, BATCHES, CASES, DUE, SeededEngine

MANY = 500
SOME_CASES = list(range(1, CASES, CASES // MANY))[:MANY]
_SOME = f"case_id % {CASES // MANY} = 1 and case_id <= {CASES}"
_COHORTS = "select cohort_id from cohort where cohort_id % 61 = 0"

STAGED = {
    "update_case_files": (
        f"insert into staged_file select 1, case_id, 'x', 1, last_occurred_at, 'y' from case_file where {_SOME}",
        "case_file_pkey",
    ),
    "update_case_states": (
        f"insert into staged_state select 1, s.* from judged_case s where {_SOME}", "case_state_pkey",
    ),
    "turn_cohorts": (
        f"""insert into staged_turn
        select cohort_id, light, promise_due_at, promise_state, statutory_due_at, statutory_state, next_change_at,
            calendar_version, cards_not_before, carded
        from cohort where cohort_id in ({_COHORTS})""",
        "cohort_pkey",
    ),
    "turn_clocks": (
        f"""insert into staged_turned_clock
        select cohort_id, 'promise', promise_due_at, null, 'running', false
        from cohort where cohort_id in ({_COHORTS})""",
        "cohort_clock_pkey",
    ),
    "update_clocks": (
        f"insert into staged_clock select 1, c.* from judged_clock c where {_SOME} and name = 'promise'", "clock_pkey",
    ),
    "add_department_days": (
        f"insert into staged_day select * from department_day order by day desc limit {MANY}", "department_day_pkey",
    ),
    "add_department_loads": ("insert into staged_load select * from department_load", "department_load_pkey"),
}  # fmt: skip

KEYED: dict[str, tuple[dict[str, Any], str]] = {
    "delete_folded_batches": ({"batch_nos": list(range(BATCHES - 49, BATCHES + 1))}, "unfolded_batch_pkey"),
    "delete_clocks": ({"case_ids": SOME_CASES, "names": ["promise"] * MANY}, "clock_pkey"),
    "delete_anomalies": ({"case_ids": SOME_CASES}, "anomaly_pkey"),
    "delete_held_cards": ({"case_ids": SOME_CASES}, "held_card_pkey"),
    "update_card_states": (
        {
            "card_ids": SOME_CASES, "states": ["closed"] * MANY, "revoke_reasons": [None] * MANY,
            **dict.fromkeys(("expected_ats", "due_ats", "revoked_ats"), [AS_OF] * MANY),
        },
        "card_pkey",
    ),
    "insert_card_steps": (
        {
            "card_ids": SOME_CASES, "from_states": ["issued"] * MANY, "to_states": ["closed"] * MANY,
            "reasons": ["decided"] * MANY, "expected_ats": [AS_OF] * MANY, "observed_at": AS_OF,
        },
        "card_step_pkey",
    ),
}  # fmt: skip


def test_due_cases_come_from_the_index_of_the_next_change(seeded_engine: SeededEngine) -> None:
    plan = seeded_engine.plan("select_due_cohorts", as_of=AS_OF, cohorts=5_000)
    assert plan.indexes == {"cohort_due_for_change", "case_in_cohort"}
    assert not plan.whole_tables
    assert plan.rows_touched == 2 * DUE


def test_a_herd_is_taken_a_portion_at_a_time(seeded_engine: SeededEngine) -> None:
    plan = seeded_engine.plan("select_due_cohorts", as_of=AS_OF + timedelta(days=30), cohorts=100)
    assert plan.indexes == {"cohort_due_for_change", "case_in_cohort"}
    assert plan.rows_touched == 2 * 100


def test_nothing_due_touches_nothing(seeded_engine: SeededEngine) -> None:
    plan = seeded_engine.plan("select_due_cohorts", as_of=AS_OF - timedelta(days=1), cohorts=5_000)
    assert plan.rows_touched == 0


@pytest.mark.parametrize("wanted", [1, 50, 2_000])
def test_case_files_are_found_by_their_key_one_probe_each(seeded_engine: SeededEngine, wanted: int) -> None:
    numbers = [f"K{number:07d}" for number in range(1, CASES, CASES // wanted)][:wanted]
    plan = seeded_engine.plan(
        "select_case_files_by_key", source_ids=[seeded_engine.source_id] * len(numbers), case_nos=json.dumps(numbers)
    )  # fmt: skip
    assert plan.indexes == {"case_file_source_id_case_no_key", "case_state_pkey"}
    assert not plan.whole_tables
    assert plan.rows_touched == 2 * len(numbers)


def test_case_files_of_unknown_cases_touch_nothing(seeded_engine: SeededEngine) -> None:
    unknown = json.dumps(["new1", "new2", "new3"])
    plan = seeded_engine.plan("select_case_files_by_key", source_ids=[seeded_engine.source_id] * 3, case_nos=unknown)
    assert plan.rows_touched == 0
    assert not plan.whole_tables


def test_case_files_are_found_by_their_number(seeded_engine: SeededEngine) -> None:
    plan = seeded_engine.plan("select_case_files_by_id", case_ids=list(range(1, 1_000)))
    assert plan.indexes == {"case_file_pkey", "case_state_pkey"}
    assert plan.rows_touched == 2 * 999


def test_waiting_batches_are_read_once_whatever_has_been_judged_before(seeded_engine: SeededEngine) -> None:
    """Each batch is read with its packed events, then its source is looked up; judged ones are not looked at."""
    plan = seeded_engine.plan("select_unfolded_batches", up_to=BATCHES, batches=50, bytes=10_000_000)
    assert {"intake_batch_pkey"} <= plan.indexes <= {"intake_batch_pkey", "unfolded_batch_pkey"}
    assert "intake_batch" not in plan.whole_tables
    assert plan.rows_touched <= 200 + 50


def test_a_portion_of_batches_is_bounded_by_its_bytes(seeded_engine: SeededEngine) -> None:
    fields = {"hall_id": seeded_engine.hall_id, "up_to": BATCHES, "batches": 50, "bytes": 5_000}
    plan = seeded_engine.plan("select_unfolded_batches", **fields)
    assert "intake_batch" not in plan.whole_tables
    assert plan.rows_touched <= 200 + 3


def test_the_last_waiting_batch_is_found_without_its_events(seeded_engine: SeededEngine) -> None:
    plan = seeded_engine.plan("select_last_unfolded")
    assert plan.rows_touched <= 200


def test_cards_of_cases_come_from_their_index(seeded_engine: SeededEngine) -> None:
    plan = seeded_engine.plan("select_cards_of_cases", case_ids=list(range(1, 500)))
    assert plan.indexes == {"card_case_id_clock_level_generation_key"}
    assert plan.rows_touched == 499


def test_open_cases_are_walked_by_number(seeded_engine: SeededEngine) -> None:
    plan = seeded_engine.plan("select_open_case_ids", after=CASES // 2, cases=500)
    assert plan.rows_touched <= 2_000
    assert not plan.whole_tables


# -- writing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", STAGED)
def test_staged_rows_find_their_place_by_key(seeded_engine: SeededEngine, block: str) -> None:
    staging, index = STAGED[block]
    plan = seeded_engine.plan_staged(staging, block, piece=1)
    assert {found for found in plan.indexes if not found.startswith("staged_")} == {index}
    assert {table for table in plan.whole_tables if not table.startswith("staged_")} == set()
    assert 0 < plan.rows_touched <= 3 * MANY


@pytest.mark.parametrize("block", KEYED)
def test_rows_named_by_their_key_are_changed_without_looking_at_others(seeded_engine: SeededEngine, block: str) -> None:
    fields, index = KEYED[block]
    plan = seeded_engine.plan(block, **fields)
    assert plan.indexes == {index}
    assert not plan.whole_tables - {"unfolded_batch"}
    assert 0 < plan.rows_touched <= 2 * MANY


def test_cards_apart_are_found_by_the_cases_of_a_cohort(seeded_engine: SeededEngine) -> None:
    plan = seeded_engine.plan("set_cases_apart", cohort_ids=_some_cohorts(seeded_engine), case_ids=[1])
    assert {"case_in_cohort", "held_card_pkey", "card_revoked"} <= plan.indexes
    assert not plan.whole_tables


MONTH = {"earliest": AS_OF - timedelta(days=80), "latest": AS_OF - timedelta(days=52)}
STARTS = """insert into event (occurred_at, recorded_at, hall_id, source_id, receipt_id, event_id, case_no, kind)
    select k.started_at, k.started_at, c.hall_id, c.source_id, 1, c.case_no, c.case_no, 'accepted'
    from judged_clock k join judged_case c using (case_id) where k.name = 'promise';
    analyze event"""


def test_what_started_a_clock_is_looked_up_in_the_log_by_case_and_moment(seeded_engine: SeededEngine) -> None:
    cohorts = _some_cohorts(seeded_engine)
    named = {"clocks": ["promise"] * len(cohorts), "kinds": ["accepted"] * len(cohorts)}
    plan = seeded_engine.plan_staged(STARTS, "select_unclear_starts", cohort_ids=cohorts, **named, **MONTH)
    assert {"case_in_cohort", "clock_pkey"} <= plan.indexes
    chunks = plan.indexes - {"case_in_cohort", "clock_pkey"}
    assert all("event_by_case" in index for index in chunks)
    assert 1 <= len(chunks) <= 2
    assert not plan.whole_tables
    assert 0 < plan.rows_touched <= 4 * len(cohorts)


def test_findings_of_cohorts_name_events_of_the_log_by_case_and_moment(seeded_engine: SeededEngine) -> None:
    staged = f"insert into staged_turned_finding select cohort_id, 1, null, 'A05', '', 'promise' from ({_COHORTS}) k"
    plan = seeded_engine.plan_staged(f"{STARTS}; {staged}", "insert_turned_findings", **MONTH)
    read = {index for index in plan.indexes if not index.startswith("staged_")}
    assert {"case_in_cohort", "clock_pkey"} <= read
    assert 1 <= sum("event_by_case" in index for index in read) <= 2
    assert {table for table in plan.whole_tables if not table.startswith("staged_")} == set()
    assert 0 < plan.rows_touched <= 4 * MANY


@pytest.mark.parametrize("block", ["select_examples", "select_cases_of_cohorts"])
def test_cases_of_cohorts_are_read_from_their_index(seeded_engine: SeededEngine, block: str) -> None:
    cohorts = _some_cohorts(seeded_engine)
    plan = seeded_engine.plan(block, cohort_ids=cohorts)
    assert plan.indexes == {"case_in_cohort"}
    assert not plan.whole_tables
    assert 0 < plan.rows_touched <= 2 * len(cohorts)


def test_cohorts_are_found_by_their_likeness(seeded_engine: SeededEngine) -> None:
    plan = seeded_engine.plan_staged(
        "update cohort set likeness = decode(md5(cohort_id::text), 'hex')", "select_cohorts_by_likeness",
        likenesses=[bytes(16)] * 20,
    )  # fmt: skip
    assert plan.indexes == {"cohort_alike"}
    assert plan.rows_touched == 0


def test_cohorts_of_a_calendar_are_walked_by_number(seeded_engine: SeededEngine) -> None:
    plan = seeded_engine.plan("select_cohorts_of_calendar", after=CASES // 2, calendar_version=0, cohorts=50)
    assert plan.indexes == {"cohort_pkey", "case_in_cohort"}
    assert plan.rows_touched <= 3 * 50


def _some_cohorts(seeded_engine: SeededEngine) -> list[int]:
    return [cohort_id for (cohort_id,) in seeded_engine.connection.execute(f"{_COHORTS} limit {MANY}".encode())]


def test_emptied_cases_are_deleted_by_their_number(seeded_engine: SeededEngine) -> None:
    plan = seeded_engine.plan("delete_case_states", case_ids=SOME_CASES)
    assert plan.indexes == {"case_state_pkey"}
    assert plan.rows_touched == MANY


@pytest.mark.parametrize(("complete_until", "most"), [("2026-11-23 09:30+00", 20), ("2026-11-23 19:00+00", 500)])
def test_of_held_cards_only_those_are_read_whose_moment_their_source_has_told_of(
    seeded_engine: SeededEngine, complete_until: str, most: int
) -> None:
    plan = seeded_engine.plan(
        "select_released_case_ids", source_ids=[seeded_engine.source_id], complete_untils=[complete_until], cases=500
    )
    assert plan.indexes == {"held_card_by_source"}
    assert 0 < plan.rows_touched <= most


def test_held_cards_of_sources_that_are_heard_are_read_once_each(seeded_engine: SeededEngine) -> None:
    plan = seeded_engine.plan("select_released_case_ids", source_ids=[], complete_untils=[], cases=500)
    assert "held_card" not in plan.whole_tables
    assert plan.rows_touched <= CASES / 3 + 2


def test_cohorts_that_a_calendar_does_not_touch_are_found_by_their_number(seeded_engine: SeededEngine) -> None:
    plan = seeded_engine.plan(
        "give_calendar_version", cohort_ids=_some_cohorts(seeded_engine), after=1,
        first_changed=AS_OF + timedelta(days=3_650),
    )  # fmt: skip
    assert plan.indexes <= {"cohort_pkey", "cohort_clock_pkey", "case_in_cohort", "case_state_pkey", "clock_pkey"}
    assert not plan.whole_tables


@pytest.mark.parametrize(
    ("block", "indexes"),
    [
        ("select_clocks_by_id", {"clock_pkey", "case_state_pkey", "cohort_clock_pkey"}),
        ("select_stored_findings", {"anomaly_pkey"}),
        ("select_stored_facts", {"case_state_pkey", "cohort_pkey"}),
    ],
)
def test_what_is_stored_of_cases_is_read_by_their_number(
    seeded_engine: SeededEngine, block: str, indexes: set[str]
) -> None:
    plan = seeded_engine.plan(block, case_ids=SOME_CASES)
    assert plan.indexes == indexes
    assert not plan.whole_tables
    assert plan.rows_touched <= 5 * MANY


def test_cards_that_cases_call_for_are_read_by_their_number(seeded_engine: SeededEngine) -> None:
    plan = seeded_engine.plan("select_called_for", case_ids=SOME_CASES)
    assert plan.indexes == {"card_case_id_clock_level_generation_key", "held_card_pkey"}
    assert not plan.whole_tables
