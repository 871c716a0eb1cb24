"""The short way to a client: a frame encoded once for everybody, straight to the connection while that has room."""

from __future__ import annotations

import struct
from typing import Protocol

WIRE_EXTENSION = "esupervision.wire"
"""Name under which a server that has the short way offers a `Wire` in the extensions of the ASGI scope."""

_WHOLE_TEXT = 0x81
_LONGEST_SHORT = 125
_LONGEST_MIDDLE = 0xFFFF


class Wire(Protocol):
    """One connection as the short way sees it."""

    def write(self, frame: bytes) -> bool:
        """Hand a frame over at once; False, with nothing taken, while the connection has no room or is closing."""


def text_frame(payload: bytes) -> bytes:
    """The websocket frame of a text message from a server (RFC 6455, 5.2): whole, not masked, not compressed."""
    size = len(payload)
    if size <= _LONGEST_SHORT:
        head = struct.pack("!BB", _WHOLE_TEXT, size)
    elif size <= _LONGEST_MIDDLE:
        head = struct.pack("!BBH", _WHOLE_TEXT, 126, size)
    else:
        head = struct.pack("!BBQ", _WHOLE_TEXT, 127, size)
    return head + payload
