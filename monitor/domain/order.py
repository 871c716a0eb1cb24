"""Voids, and the legal order in which a case's events are judged (time rules, "Event")."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from monitor.domain.events import KIND_ORDER, Event
from monitor.domain.instants import END_OF_TIME, Instant

_RANK = KIND_ORDER


def order_key(event: Event) -> tuple[Instant, int, str]:
    """Instant, then order of kinds, then event id by code points."""
    return event.occurred_at, _RANK[event.kind], event.event_id


class Voids:
    """Which events voids take out of the judgement, which voids take out nothing (X05), and what waits for its time."""

    __slots__ = ("empty", "future", "remaining", "voided")

    def __init__(self, events: Sequence[Event], as_of: Instant) -> None:
        known: list[Event] = []
        voids: list[Event] = []
        self.future: list[Event] = []
        self.voided: list[Event] = []
        self.empty: list[Event] = []
        for event in events:
            if event.occurred_at > as_of:
                self.future.append(event)
                continue
            known.append(event)
            if event.kind == "voided":
                voids.append(event)
        if not voids:
            self.remaining = known
            return
        voidable = {event.event_id for event in known if event.kind != "voided"}
        taken = {void.voids for void in voids if void.voids in voidable}
        self.empty = [void for void in voids if void.voids not in voidable]
        self.remaining = [event for event in known if event.kind != "voided" and event.event_id not in taken]
        self.voided = [event for event in known if event.kind != "voided" and event.event_id in taken]


def is_in_order(events: Sequence[Event]) -> bool:
    """Whether each event is later than the one before it, as mostly in life: then there is nothing to put in order."""
    last = -END_OF_TIME
    for event in events:
        if event.occurred_at <= last:
            return False
        last = event.occurred_at
    return True


def in_plain_order(events: Iterable[Event]) -> list[Event]:
    """Sorted by instant, kind and event id: the legal order but for answers within one instant."""
    return sorted(events, key=order_key)


def has_answer_in_tie(ordered: Sequence[Event], kind: str) -> bool:
    """Whether an event of `kind` shares its instant with another: only then can the legal order differ."""
    for position, event in enumerate(ordered):
        if event.kind != kind:
            continue
        at = event.occurred_at
        if position and ordered[position - 1].occurred_at == at:
            return True
        if position + 1 < len(ordered) and ordered[position + 1].occurred_at == at:
            return True
    return False


def with_answers_first(
    ordered: Sequence[Event], is_open_answer: Callable[[Event], bool], take: Callable[[Event], None]
) -> list[Event]:
    """Walk instants; within one, an answer comes first while its question is open; of two, the least by kind and id.

    `is_open_answer(event)` tells whether an event answers a question open at this moment of the walk; `take(event)` is
    called for each event in the resulting order, so that the caller's state follows the walk.
    """
    result: list[Event] = []
    position = 0
    while position < len(ordered):
        at = ordered[position].occurred_at
        group = []
        while position < len(ordered) and ordered[position].occurred_at == at:
            group.append(ordered[position])
            position += 1
        while group:
            answers = [event for event in group if is_open_answer(event)]
            chosen = min(answers, key=order_key) if answers else group[0]
            group.remove(chosen)
            take(chosen)
            result.append(chosen)
    return result


def with_corrections_answered_first(ordered: list[Event]) -> list[Event]:
    """The order in which a `corrections_supplied` precedes its instant's other events while a request is unanswered."""
    if not has_answer_in_tie(ordered, "corrections_supplied"):
        return ordered
    unanswered = False

    def take(event: Event) -> None:
        nonlocal unanswered
        if event.kind == "corrections_requested":
            unanswered = True
        elif event.kind == "corrections_supplied":
            unanswered = False

    return with_answers_first(ordered, lambda event: unanswered and event.kind == "corrections_supplied", take)
