"""What is kept of a judged case to see that an event is quiet: a format of storage, without rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from mypy_extensions import mypyc_attr

from monitor.domain.counting import Cover
from monitor.domain.instants import Instant


@mypyc_attr(acyclic=True)
class QuietSummary:
    """What must be known of a case to see that an event is quiet; it moves with the events.

    `plain`: only ordinary events have come, in order, and nothing is late or remarkable (see `monitor.domain.arrival`).
    `late`: the same, but that clocks were breached, and nothing else was found.
    `stepped`: whether any step has been seen. `claimed`: whether the applicant was told a due day, which another
    calendar may contradict. `recorded_until`: the newest moment at which any event was recorded. `accepted_event`: the
    acceptance, which started the main clocks. `covers`: what suspensions take out of the clocks of a case that is plain
    but for them, each ended by its resumption; the last one runs still while the case is suspended.
    """

    __slots__ = (
        "accepted", "accepted_event", "accepted_handler", "claimed", "covers", "decision_handlers", "department_known",
        "item", "last_at", "late", "open_steps", "plain", "recorded_until", "stepped", "withdrawn",
    )  # fmt: skip

    def __init__(
        self, last_at: Instant, item: str | None, department_known: bool, withdrawn: bool, open_steps: list[str],
        decision_handlers: list[str], plain: bool = False, accepted: bool = False, accepted_handler: str | None = None,
        stepped: bool = False, claimed: bool = False, recorded_until: Instant | None = None,
        accepted_event: str | None = None, covers: list[Cover] | None = None, late: bool = False,
    ) -> None:  # fmt: skip
        self.last_at = last_at
        self.item = item
        self.department_known = department_known
        self.withdrawn = withdrawn
        self.open_steps = open_steps
        self.decision_handlers = decision_handlers
        self.plain = plain
        self.accepted = accepted
        self.accepted_handler = accepted_handler
        self.stepped = stepped
        self.claimed = claimed
        self.recorded_until = recorded_until
        self.accepted_event = accepted_event
        self.covers = covers
        self.late = late

    def row(self) -> tuple[object, ...]:
        """Its values as they are packed: the order is that of storage; append only, never reorder."""
        return (
            self.last_at, self.item, self.department_known, self.withdrawn, self.open_steps, self.decision_handlers,
            self.plain, self.accepted, self.accepted_handler, self.stepped, self.claimed, self.recorded_until,
            self.accepted_event, self.covers, self.late,
        )  # fmt: skip

    def __eq__(self, other: object) -> bool:
        return isinstance(other, QuietSummary) and self.row() == other.row()

    def __repr__(self) -> str:
        return f"QuietSummary{self.row()}"


def note_late(summary: QuietSummary) -> None:
    """The summary follows a clock that was breached: a plain case is late from now on."""
    if summary.plain:
        summary.plain, summary.late = False, True


_LATER: Final[tuple[object, ...]] = (False, False, None, False, False, None, None, None, False)
"""What holds of a summary that an earlier release packed, which did not know all of it."""
_VALUES: Final = 6 + len(_LATER)


def summary_of_row(row: list[object]) -> QuietSummary:
    """The summary that was packed as these values."""
    if len(row) < _VALUES:
        row = [*row, *_LATER[len(row) - _VALUES :]]
    covers = cast(list[Sequence[int]] | None, row[13])
    return QuietSummary(
        cast(int, row[0]), cast(str | None, row[1]), cast(bool, row[2]), cast(bool, row[3]), cast(list[str], row[4]),
        cast(list[str], row[5]), cast(bool, row[6]), cast(bool, row[7]), cast(str | None, row[8]), cast(bool, row[9]),
        cast(bool, row[10]), cast(Instant | None, row[11]), cast(str | None, row[12]),
        None if covers is None else [Cover(*cover) for cover in covers],
        cast(bool, row[14]),
    )  # fmt: skip
