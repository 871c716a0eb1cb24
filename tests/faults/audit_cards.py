"""Each due clock has exactly its cards, at its true time, and each step of a card was announced once."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

_SHOWN = 5

_QUERIES = {
    "a breached clock without its one card at its due time": """
        select c.case_id, c.name, c.due_at from clock c left join card k
            on k.case_id = c.case_id and k.clock = c.name and k.state <> 'revoked' and k.expected_at = c.due_at
            and k.level = case when c.name = 'statutory' then 'red' else 'yellow' end::card_level
        where c.state = 'breached' group by c.case_id, c.name, c.due_at having count(k.card_id) <> 1
    """,
    "a yellow or red card without a breached clock": """
        select k.case_id, k.clock, k.level, k.expected_at from card k
        where k.level <> 'reminder' and k.state <> 'revoked' and not exists (
            select from clock c where c.case_id = k.case_id and c.name = k.clock and c.state = 'breached')
    """,
    "a clock past its due time that is not told as breached": """
        select c.case_id, c.name, c.due_at, c.state from clock c join case_state s using (case_id)
        join engine_state e on e.hall_id = s.hall_id
        where c.state = 'running' and c.due_at <= e.as_of
    """,
    "two standing cards of one clock and level": """
        select case_id, clock, level from card where state <> 'revoked'
        group by case_id, clock, level having count(*) > 1
    """,
    "a card issued before its time": """
        select card_id, reason, expected_at, observed_at from card_step
        where to_state <> 'revoked' and actor = 'engine' and observed_at < expected_at
    """,
    "an outage that is over and was not told": """
        select o.outage_id, o.blind_from, o.blind_until from outage o where o.is_over and not exists (
            select from feed f where f.hall_id = o.hall_id and f.kind = 'board' and f.body ? 'outages')
    """,
    "a card whose steps do not begin with its issue, or have holes": """
        select card_id, count(*), min(step_no), max(step_no) from card left join card_step using (card_id)
        group by card_id having count(step_no) = 0 or max(step_no) - min(step_no) + 1 <> count(step_no)
    """,
}

_ANNOUNCED = """
select coalesce(sum(jsonb_array_length(coalesce(nullif(body -> 'cards', 'null'), '[]'))
    + coalesce((body ->> 'cards_more')::bigint, 0)), 0) from feed where kind = 'cases'
"""
_STEPS = """
select count(*), count(*) filter (where not exists (
    select from outage where observed_at > blind_from and observed_at <= blind_until)) from card_step
"""
"""All of them, and those of no outage: what is taken while one is caught up with is told in one message at its end."""


def audit_cards(connection: Connection[Any]) -> tuple[int, list[str]]:
    """How many cards there are, and what is wrong with them."""
    faults = [
        f"{what}: {row}" for what, query in _QUERIES.items() for row in connection.execute(query).fetchmany(_SHOWN)
    ]
    [[cards]] = connection.execute("select count(*) from card").fetchall()
    [[announced]] = connection.execute(_ANNOUNCED).fetchall()
    [[steps, outside_outages]] = connection.execute(_STEPS).fetchall()
    if not outside_outages <= announced <= steps:
        faults.append(
            f"steps of cards announced in the feed: {announced}, taken: {steps}, of them {outside_outages} in no outage"
        )
    return int(cards), faults
