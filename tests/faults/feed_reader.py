"""Reads the feed beside the service, and remembers what was shown: nothing of it may ever be taken back."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
from psycopg import Connection

SECONDS_BETWEEN_READINGS = 0.02


class FeedReader:
    """Reads the feed as the live channel does, in a thread of its own, until `close`; survives a lost database."""

    def __init__(self, url: str) -> None:
        self.seen: dict[int, bytes] = {}
        self._url = url
        self._connection: Connection[Any] | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="feed-reader", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._closing.wait(SECONDS_BETWEEN_READINGS):
            self._read()
        self._read()

    def _read(self) -> None:
        """Read on from the last number seen."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._url, autocommit=True)
            rows = self._connection.execute(
                "select seq, sha256(body::text::bytea) from feed where seq > %s order by seq",
                [max(self.seen, default=0)],
            ).fetchall()
        except psycopg.OperationalError:
            self._leave()
            return
        self.seen.update(rows)

    def forget_after(self, seq: int) -> None:
        """Forget what was shown after a number: the database is put back to before."""
        self.seen = {number: content for number, content in self.seen.items() if number <= seq}

    def close(self) -> None:
        """Read what is left, and leave."""
        self._closing.set()
        self._thread.join()
        self._leave()

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
