"""Types that several threads decode are worked out before the threads begin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TRIES = 3
"""Each try crashed in seven of ten cases when the type was worked out by whoever came first."""

AT_ONCE = """
import importlib, sys, threading
{imports}
sys.setswitchinterval(1e-6)
def use(gate):
    gate.wait()
    {use}
for _ in range(150):
    {reload}
    gate = threading.Barrier(6)
    threads = [threading.Thread(target=use, args=(gate,)) for _ in range(6)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""

EVENTS = {
    "imports": (
        "from datetime import UTC, datetime\n"
        "from monitor.intake import parsing\n"
        "from monitor.intake.sender import Sender\n"
        'LINE = b\'{"event_id":"1","case_no":"1","kind":"received","occurred_at":"2026-05-13T09:30:00+08:00"}\''
    ),
    "reload": "importlib.reload(parsing)",
    "use": 'parsing.LineReader(Sender(1, "S", 1), datetime(2026, 6, 1, tzinfo=UTC)).read(LINE)',
}


def test_first_requests_that_come_at_once_do_not_crash_the_service() -> None:
    """A service that was started under load died of a segmentation fault in its first requests, now and then."""
    for _ in range(TRIES):
        command = [sys.executable, "-c", AT_ONCE.format(**EVENTS)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, f"{ended.returncode} {ended.stderr[-2000:]}"
