"""A log read by a profile: portions of events in the form in which any window system sends them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from monitor.intake.importing.identity import Numbering
from monitor.intake.importing.log_file import LogFile, ReadingError
from monitor.intake.importing.mapping import Draft, LogMapping, RefusedRow
from monitor.intake.importing.personal import Pseudonyms
from monitor.intake.importing.profile import Profile
from monitor.intake.importing.records import CaseRecord, Layout, UnreadableRow
from monitor.intake.importing.tables import read_csv, read_ndjson
from monitor.intake.importing.xes import read_xes


@dataclass(frozen=True, slots=True)
class EventText:
    """One event as JSON, and the line of the file it comes from."""

    line: int
    text: bytes


@dataclass(slots=True)
class Portion:
    """Some events that follow one another, the rows refused among them, and the bytes of the file read by then."""

    events: list[EventText] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    position: int = 0


class LogReader:
    """Reads one file once. `source` is the code of the source the events are sent as."""

    def __init__(self, path: Path, profile: Profile, source: str, pseudonyms: Pseudonyms) -> None:
        self._profile = profile
        self._mapping = LogMapping(profile, source, pseudonyms)
        self._numbering = Numbering()
        self._log = LogFile(path)
        said = self._log.layout()
        if said is not None and said is not profile.layout:
            self._log.close()
            raise ReadingError(
                f"{path.name} looks like {said.upper()}, but the profile {profile.name} reads "
                f"{profile.layout.upper()}: take the profile made for this log."
            )
        self.size = self._log.size

    @property
    def unmapped(self) -> Counter[str]:
        """The rows no rule spoke of so far, by activity."""
        return self._mapping.unmapped

    def portions(self, size: int) -> Iterator[Portion]:
        """Portions of about `size` events. The same file, profile and size give the same portions.

        Raises ReadingError when the file cannot be read further; what was read before comes first.
        """
        drafts: list[Draft] = []
        refused: list[RefusedRow] = []
        failure: ReadingError | None = None
        records = self._records()
        while True:
            try:
                record = next(records, None)
            except ReadingError as error:
                record, failure = None, error
            if record is not None:
                for found in self._mapping.drafts(record):
                    if isinstance(found, Draft):
                        drafts.append(found)
                    else:
                        refused.append(found)
            if record is None or len(drafts) + len(refused) >= size:
                if drafts or refused:
                    yield self._portion(drafts, refused)
                drafts, refused = [], []
            if record is None:
                break
        if failure is not None:
            raise failure

    def _portion(self, drafts: list[Draft], refused: list[RefusedRow]) -> Portion:
        self._numbering.number(drafts)
        encode = msgspec.json.encode
        events = [EventText(draft.line, encode(draft.fields)) for draft in drafts]
        return Portion(events, refused, self._log.position())

    def _records(self) -> Iterator[CaseRecord | UnreadableRow]:
        stream, profile = self._log.stream, self._profile
        match profile.layout:
            case Layout.XES:
                return read_xes(stream)
            case Layout.NDJSON:
                return read_ndjson(stream)
            case Layout.CSV:
                return read_csv(stream, profile.encoding, profile.delimiter, sorted(profile.columns))

    def close(self) -> None:
        """Close the file."""
        self._log.close()

    def __enter__(self) -> Self:
        """The file is open from the start."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
