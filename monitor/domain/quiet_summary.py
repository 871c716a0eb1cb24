"""What is kept of a judged case to see that an event is quiet: a format of storage, without rules."""

from __future__ import annotations

import msgspec

from monitor.domain.instants import Day, Instant


class QuietSummary(msgspec.Struct, array_like=True, gc=False):
    """What must be known of a case to see that an event is quiet."""

    last_at: Instant
    item: str | None
    department_known: bool
    withdrawn: bool
    open_steps: list[str]
    decision_handlers: list[str]
    plain: bool = False
    """Only ordinary events have come, in order, and nothing is late or remarkable: see `monitor.domain.arrival`."""
    accepted: bool = False
    accepted_handler: str | None = None
    stepped: bool = False
    """Whether any step has been seen."""
    claimed: bool = False
    """Whether the applicant was told a due day, which another calendar may contradict."""
    recorded_until: Instant | None = None
    """The newest moment at which any event was recorded."""
    accepted_event: str | None = None
    """The acceptance, which started the main clocks."""
    covers: list[tuple[Day, Day, Instant, Instant]] | None = None
    """What suspensions take out of the clocks of a case that is plain but for them, each ended by its resumption."""
