"""A websocket connection of uvicorn that takes frames encoded already: what goes to everybody is encoded once."""

from __future__ import annotations

from typing import cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from alerts.live.wire import WIRE_EXTENSION


class WebSocketConnection(WebSocketsSansIOProtocol):
    """Handshake, checks, pings, limits and closing are uvicorn's; `write` goes past its encoder to the transport.

    A frame from a server depends on nothing but its text as long as no extension was negotiated, so the same bytes do
    for every client. Where one was, the short way is not offered.
    """

    async def run_asgi(self) -> None:
        """Offer the short way to the application, then run it."""
        if not self.conn.available_extensions:
            extensions = cast("dict[str, object]", self.scope["extensions"])
            extensions[WIRE_EXTENSION] = self
        await super().run_asgi()

    def write(self, frame: bytes) -> bool:
        """Write a frame unless the transport holds as much as it should, or the connection is not open."""
        if not (self.writable.is_set() and self.handshake_complete) or self.close_sent or self.disconnected:
            return False
        if self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True
