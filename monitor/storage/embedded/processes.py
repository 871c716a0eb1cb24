"""What the kernel knows of processes: children, command lines, and ends waited for with a deadline."""

import os
import select
import signal
from collections.abc import Sequence
from pathlib import Path

PROC = Path("/proc")


def is_running(pid: int) -> bool:
    """Tell whether a process exists and is more than a corpse waiting for its parent."""
    try:
        state = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2][:1]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in ("Z", "X")


def read_command_line(pid: int) -> list[str]:
    """Give the words a process was started with; empty if it is gone."""
    try:
        raw = (PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []
    return [word.decode(errors="replace") for word in raw.rstrip(b"\0").split(b"\0")]


def find_children(pid: int) -> list[int]:
    """Give the direct children of a process; the postmaster's are all its workers."""
    children = []
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            after_name = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")[2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(after_name.split()[1]) == pid:
            children.append(int(entry.name))
    return children


def send_signal(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that is gone already is what was wanted."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def wait_for_end(pids: Sequence[int], seconds: float) -> list[int]:
    """Wait until processes that need not be ours have ended; give those that have not within `seconds` in all.

    A pidfd becomes readable at the very moment its process ends, so nothing is polled.
    """
    left = []
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            poller = select.poll()
            poller.register(descriptor, select.POLLIN)
            if not poller.poll(seconds * 1000) and is_running(pid):
                left.append(pid)
        finally:
            os.close(descriptor)
    return left
