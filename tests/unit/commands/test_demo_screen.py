"""What the demo's terminal says on no terminal: since which moment it counts, and one event is one event."""

import io

from rich.console import Console

from monitor.commands.demo.screen import LifeScreen, count_events
from monitor.simulator.drive import Progress
from monitor.simulator.sending import Sent
from monitor.simulator.working_days import DAY


def test_a_count_of_events_is_grammatical() -> None:
    assert (count_events(1), count_events(0), count_events(27_591)) == ("1 event", "0 events", "27,591 events")


def test_what_was_sent_is_counted_since_this_start_and_says_so() -> None:
    said = io.StringIO()
    with LifeScreen(Console(file=said, width=200), "http://127.0.0.1:8600/") as screen:
        screen.show(Progress(20_000, 20_000 * DAY, Sent(accepted=1), in_history=False, confirmed=0))
    assert "1 event since this start" in said.getvalue()
