"""A thread that reads and writes beside the judging of other cases of the transaction."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType


class WritingThread:
    """Reads and writes pieces in the order in which they are given; leaving it, neither goes on any more.

    The pieces share one connection: whoever else wants to use it calls `join` first. After one that fails no other is
    begun. Its error is raised by every call from then on, by `join` at the latest: who goes on cannot commit.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "writing")
        self._pieces: deque[Future[None]] = deque()
        self._failure: BaseException | None = None

    def __enter__(self) -> WritingThread:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def write(self, piece: Callable[[], None]) -> None:
        """Have a piece written after what was given before it."""
        self._give(piece)

    def read(self, piece: Callable[[], None]) -> Callable[[], None]:
        """Have a piece read after what was given before it; what is given back waits for it."""
        return self._give(piece).result

    def _give(self, piece: Callable[[], None]) -> Future[None]:
        while self._pieces and self._pieces[0].done():
            self._forget_first()
        given = self._pool.submit(self._run, piece)
        self._pieces.append(given)
        return given

    def _run(self, piece: Callable[[], None]) -> None:
        """In the thread: the first failure ends the transaction; what another piece says of that hides the cause."""
        if self._failure is not None:
            raise self._failure
        try:
            piece()
        except BaseException as error:
            self._failure = error
            raise

    def join(self) -> None:
        """Wait until all that was given is read or written."""
        while self._pieces:
            self._forget_first()

    def _forget_first(self) -> None:
        self._pieces[0].result()
        self._pieces.popleft()
