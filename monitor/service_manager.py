"""What a service manager such as systemd hands over and wants to be told: a listening socket, and when it is ready."""

from __future__ import annotations

import os
import socket

import structlog

FIRST_HANDED_OVER = 3
"""File descriptor of the first socket (sd_listen_fds)."""

_log = structlog.get_logger(__name__)


def take_handed_over_listener() -> socket.socket | None:
    """Give the listening socket that this process was started with (LISTEN_FDS); None where there is none.

    It goes on listening when this process ends: who waits in its queue is served by the next. Only the first is used.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS", "0") == "0":
        return None
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):  # meant for this process, not for its children
        os.environ.pop(name, None)
    os.set_inheritable(FIRST_HANDED_OVER, False)
    return socket.socket(fileno=FIRST_HANDED_OVER)


def notify(state: str) -> None:
    """Tell the manager, where there is one that listens (NOTIFY_SOCKET): `READY=1`, `STOPPING=1`."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # abstract
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.setblocking(False)
        try:
            manager.sendto(state.encode(), address)
        except OSError as error:  # a manager that does not listen must not hold up who is being managed
            _log.warning("manager_not_told", state=state, error=error.strerror)
