"""A log file as it lies on disk: opened, unpacked if it is gzip, and telling how far it has been read."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path
from types import TracebackType
from typing import Self

from monitor.intake.importing.records import Layout

_GZIP_MAGIC = b"\x1f\x8b"
_SUFFIXES = {
    ".xes": Layout.XES,
    ".csv": Layout.CSV,
    ".ndjson": Layout.NDJSON,
    ".jsonl": Layout.NDJSON,
}


class ReadingError(RuntimeError):
    """The file cannot be read (further): the text says where, why and what to do."""


class LogFile:
    """A log opened for one pass. `position` and `size` are in bytes of the file as it lies on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._raw = path.open("rb")
        except OSError as error:
            raise ReadingError(
                f"{path} cannot be opened: {error.strerror}. Check the path and its permissions."
            ) from error
        self.size = path.stat().st_size
        packed = self._raw.read(2) == _GZIP_MAGIC
        self._raw.seek(0)
        self._unpacked: io.BufferedIOBase = gzip.GzipFile(fileobj=self._raw, mode="rb") if packed else self._raw
        self.stream: io.BufferedIOBase = _Checked(self._unpacked, path)

    def position(self) -> int:
        """Bytes of the file taken in so far."""
        return self._raw.tell()

    def layout(self) -> Layout | None:
        """What the name says of the content: `.xes`, `.csv`, `.ndjson`, `.jsonl`, each also with `.gz`."""
        name = self.path.name.lower().removesuffix(".gz")
        return _SUFFIXES.get(Path(name).suffix)

    def close(self) -> None:
        """Close the file."""
        self._unpacked.close()
        self._raw.close()

    def __enter__(self) -> Self:
        """The file is open from the start."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


class _Checked(io.BufferedIOBase):
    """Reads through, turning a damaged archive into a sentence."""

    def __init__(self, inner: io.BufferedIOBase, path: Path) -> None:
        self._inner = inner
        self._path = path

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        try:
            return self._inner.read(-1 if size is None else size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ReadingError(
                f"{self._path} is damaged or cut off ({error}): fetch it again. What was read before is not lost: "
                "importing the whole file later adds only what is missing."
            ) from error

    def read1(self, size: int = -1, /) -> bytes:
        return self.read(65_536 if size < 0 else size)
