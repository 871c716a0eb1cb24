"""A thread that writes what has been judged while the next cases of the transaction are judged."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType


class WritingThread:
    """Writes pieces in the order in which they are given; leaving it, nothing is being written any more.

    The pieces share one connection: whoever else wants to use it calls `join` first. What fails in a piece is raised
    by every call from then on, by `join` at the latest: who goes on after one cannot commit in the end.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "writing")
        self._pieces: deque[Future[None]] = deque()

    def __enter__(self) -> WritingThread:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def write(self, piece: Callable[[], None]) -> None:
        """Have a piece written after those before it."""
        while self._pieces and self._pieces[0].done():
            self._forget_first()
        self._pieces.append(self._pool.submit(piece))

    def join(self) -> None:
        """Wait until all that was given is written."""
        while self._pieces:
            self._forget_first()

    def _forget_first(self) -> None:
        self._pieces[0].result()
        self._pieces.popleft()
