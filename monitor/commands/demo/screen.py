"""What the terminal shows: history as a bar that fills, life as one line."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.status import Status

from monitor.simulator.drive import Progress
from monitor.simulator.stream import HallStream
from monitor.simulator.working_days import date_at, moment_text


def count_events(count: int) -> str:
    """`1 event`, `27,591 events`."""
    return f"{count:,} event{'' if count == 1 else 's'}"


class HistoryScreen:
    """A bar over the working days of history."""

    def __init__(self, console: Console, stream: HallStream, live_from: int) -> None:
        self._console = console
        self._stream = stream
        self._total = len(stream.life.days.span(stream.history_from, live_from - 1))
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[events]:,} events"),
            TimeElapsedColumn(),
            console=console,
        )
        self._task: TaskID | None = None
        self._events = 0
        self._month = 0
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        """Show the bar; on no terminal, a line a month."""
        self._bar.start()
        self._task = self._bar.add_task("改革前 · before the reform", total=self._total, events=0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave it standing as it is."""
        self._bar.stop()

    def show(self, progress: Progress) -> None:
        """One more day."""
        self._events += progress.sent.accepted + progress.sent.duplicate
        assert self._task is not None
        done = len(self._stream.life.days.span(self._stream.history_from, progress.day))
        name = "历史" if progress.day >= self._stream.history_from else "改革前"
        description = f"{name} · {date_at(progress.day).isoformat()}"
        self._bar.update(self._task, completed=max(done, 0), description=description, events=self._events)
        month = date_at(progress.day).month
        if not self._console.is_terminal and month != self._month:
            self._console.print(f"{description} · {count_events(self._events)} since this start")
        self._month = month

    def sum_up(self) -> None:
        """How much that was, and how fast."""
        seconds = time.monotonic() - self._started
        speed = self._events / seconds
        self._console.print(
            f"{count_events(self._events)} sent, stored, judged in {seconds:.1f} s ({speed:,.0f} a second)"
        )


class LifeScreen:
    """One line: case time and what was sent; on no terminal, a line a day."""

    def __init__(self, console: Console, address: str) -> None:
        self._console = console
        self._address = address
        self._status: Status | None = None
        self._events = 0
        self._day = 0

    def __enter__(self) -> Self:
        """Show the line."""
        if self._console.is_terminal:
            self._status = self._console.status("")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it away."""
        if self._status is not None:
            self._status.stop()

    def show(self, progress: Progress) -> None:
        """Where case time is now."""
        self._events += progress.sent.accepted
        if self._status is not None:
            when = moment_text(progress.moment)[:16].replace("T", " ")
            self._status.update(f"{when} · {count_events(self._events)} since this start · {self._address}")
        elif progress.day != self._day:
            self._console.print(f"{date_at(progress.day).isoformat()} · {count_events(self._events)} since this start")
        self._day = progress.day
