"""A port of loopback that a program of the test will listen at, and that nobody else is given meanwhile."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager


def hold_port(*, is_shared: bool = False) -> socket.socket:
    """Take a free port without listening at it, so that it is nobody's until the socket is closed.

    A port that was merely found free may be given to another test before it is listened at. `is_shared`: for programs
    that share it (SO_REUSEPORT).
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind(("127.0.0.1", 0))
    return holder


@contextmanager
def held_port(*, is_shared: bool = False) -> Iterator[int]:
    """Hold a port for a block (`hold_port`), and give its number."""
    with closing(hold_port(is_shared=is_shared)) as holder:
        yield int(holder.getsockname()[1])
