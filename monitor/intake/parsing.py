"""From a request's body to events: a typed fast path, and a careful one that can say what is wrong with a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from monitor import native
from monitor.domain.events import TEXT_FIELDS, BadEvent, Event, EventKind, event_of
from monitor.domain.instants import MINUTE, Instant, Zone, day_of, instant_of, zone_named
from monitor.intake.bodies import (
    BodyLimits,
    UnreadableBodyError,
    cut_body,
    has_lone_surrogate,
    refuse_other_encodings,
    unpack_body,
)
from monitor.intake.sender import Sender
from monitor.intake.sent_times import SentTimes

LONGEST_CODE = 200
"""Characters of an identifier or code: they stand in indexes, whose entries are bounded."""
LONGEST_TEXT = 4_000
TOLERATED_FUTURE = 10 * MINUTE
EARLIEST_DATE = date(1990, 1, 1)
_LONGEST_DETAIL = 500
_CODE_FIELDS = ("event_id", "case_no", "item", "department", "window", "handler", "step", "approver", "voids")
_HASH = r"\A[0-9A-Za-z_-]{32,}={0,2}\Z"
_HASH_PATTERN = re.compile(_HASH)

_Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_CODE)]
_Code = Annotated[str, msgspec.Meta(max_length=LONGEST_CODE)]
_Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]


class _SentEvent(msgspec.Struct, forbid_unknown_fields=True, gc=False, kw_only=True):
    """An event as JSON, in the types and bounds of a good one; whatever does not fit is read with care instead.

    Unknown fields are allowed, but not here: the fast reader would skip them without looking whether they are sound.
    In the order in which events are mostly written: each field is looked for behind the one before.
    """

    source: str | None = None
    event_id: _Identifier
    case_no: _Identifier
    item: _Code | None = None
    department: _Code | None = None
    kind: Literal[tuple(kind.value for kind in EventKind)]  # type: ignore[valid-type] # one list of kinds, not two
    occurred_at: str
    recorded_at: str | None = None
    window: _Code | None = None
    step: _Code | None = None
    handler: _Code | None = None
    reason: _Text | None = None
    days: Annotated[float, msgspec.Meta(ge=0, lt=1e6)] | None = None
    legal_basis: _Text | None = None
    notice_no: _Text | None = None
    approver: _Code | None = None
    result: _Text | None = None
    voids: _Code | None = None
    due_claimed: str | None = None
    applicant_ref: Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT, pattern=_HASH)] | None = None


# Made once, here: msgspec works a type out at its first use, and crashes where two threads do so at the same time.
_decode_sent = msgspec.json.Decoder(_SentEvent).decode


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """An event that is not applied: where it stood (1-based), why, and its text as sent."""

    line: int
    event_id: str | None
    reason: str
    detail: str
    body: bytes
    verdict: Literal["rejected", "conflicting"] = "rejected"


@dataclass(slots=True)
class ParsedBatch:
    """The events of a request in their order, the line (or array element, 1-based) of each, and what was rejected.

    `recorded_at` of the events is None. `texts` holds the lines as sent, line n at n − 1; without it (events made by
    an importer) an event's text is its JSON.
    """

    events: list[Event]
    lines: list[int]
    refusals: list[RefusedLine] = field(default_factory=list)
    texts: Sequence[bytes] | None = None

    def text_of(self, position: int) -> bytes:
        """The event at `position` of `events` as it was sent."""
        if self.texts is not None:
            return self.texts[self.lines[position] - 1]
        return msgspec.json.encode(msgspec.structs.asdict(self.events[position]))


def parse_body(
    body: bytes,
    sender: Sender,
    receipt: datetime,
    *,
    content_type: str | None = "application/x-ndjson",
    content_encoding: str | None = None,
    limits: BodyLimits | None = None,
) -> ParsedBatch:
    """Read a request body: NDJSON or a JSON array, perhaps gzipped. `receipt` is the case time of receipt (aware).

    Lines that are no good event are listed, never raised. Raises UnreadableBodyError when the body as a whole cannot
    be read, or no line of it is JSON.
    """
    bounds = limits or BodyLimits()
    text = unpack_body(body, content_encoding, bounds)
    texts = cut_body(text, content_type, bounds)
    reader = LineReader(sender, receipt, bounds)
    batch = ParsedBatch([], [], texts=texts)
    try:
        # To look for one character first is a tenth of the time where there is none, as in most bodies.
        _read_lines(reader, batch, texts, careful=b"\\" in text and b"\\u0000" in text)
    except UnicodeDecodeError:
        refuse_other_encodings(text)
        raise
    if batch.refusals and not batch.events and all(refused.reason == "not_json" for refused in batch.refusals):
        raise UnreadableBodyError(
            "not_json",
            f"No line of the body is JSON; line {batch.refusals[0].line}: {batch.refusals[0].detail}. Send one JSON "
            "object a line as application/x-ndjson, or an array of objects as application/json.",
        )
    return batch


def _read_lines(reader: LineReader, batch: ParsedBatch, texts: Sequence[bytes], *, careful: bool) -> None:
    read = reader.read_carefully if careful else reader.read
    events, lines = batch.events, batch.lines
    for number, text in enumerate(texts, 1):
        try:
            event = read(text)
        except BadEvent as bad:
            batch.refusals.append(_refuse(number, bad, text))
        else:
            if event is not None:
                events.append(event)
                lines.append(number)


def _refuse(line: int, bad: BadEvent, text: bytes) -> RefusedLine:
    named = bad.event_id and bad.event_id.replace("\0", "\N{REPLACEMENT CHARACTER}")[:LONGEST_CODE]
    detail = bad.detail if len(bad.detail) <= _LONGEST_DETAIL else f"{bad.detail[:_LONGEST_DETAIL]} …"
    return RefusedLine(line, named, bad.reason, detail.replace("\0", "\N{REPLACEMENT CHARACTER}"), text)


class LineReader:
    """Reads one line after the other of one sender, received at one moment of case time."""

    def __init__(self, sender: Sender, receipt: datetime, limits: BodyLimits | None = None) -> None:
        self._source = sender.code
        self._zone: Final[Zone] = zone_named(sender.zone)
        self._read_time = SentTimes(self._zone).read if native.form().compiled else self._zone.parse
        self._earliest: Instant = self._zone.instant(day_of(EARLIEST_DATE), 0)
        self._latest: Instant = instant_of(receipt) + TOLERATED_FUTURE
        self._receipt = receipt
        self._longest_line = (limits or BodyLimits()).line

    def read(self, line: bytes) -> Event | None:
        """The event of a line, None for a blank one; equal to `read_carefully`, where it can be had, and faster.

        The caller sees to it that the line holds no NUL. Raises BadEvent; UnicodeDecodeError for bytes not UTF-8.
        """
        if len(line) > self._longest_line:
            return self.read_carefully(line)
        try:
            sent = _decode_sent(line)
            occurred_at = self._read_time(sent.occurred_at)
            due_claimed = None if sent.due_claimed is None else self._zone.parse(sent.due_claimed)
            if sent.recorded_at is not None:
                self._zone.parse(sent.recorded_at)
        except (ValueError, OverflowError):  # msgspec's errors are ValueErrors
            return self.read_carefully(line)
        source = sent.source
        if (source is not None and source != self._source) or not self._earliest <= occurred_at <= self._latest:
            return self.read_carefully(line)
        # By position: twenty names would cost as much as reading the line.
        return Event(
            self._source, sent.event_id, sent.case_no, sent.kind, occurred_at, None, sent.item, sent.department,
            sent.window, sent.handler, sent.step, sent.reason, sent.days, sent.legal_basis, sent.notice_no,
            sent.approver, sent.result, sent.voids, due_claimed, sent.applicant_ref,
        )  # fmt: skip

    def read_carefully(self, line: bytes) -> Event | None:
        """The event of a line, None for a blank one. Raises BadEvent; UnicodeDecodeError for bytes not UTF-8."""
        if not line.strip():
            return None
        if len(line) > self._longest_line:
            raise BadEvent("too_long", f"the event takes {len(line):,} bytes: at most {self._longest_line:,} are read")
        fields = _decode_line(line)
        if isinstance(fields, dict) and fields.get("source") is None:
            fields["source"] = self._source
        event = msgspec.structs.replace(event_of(fields, self._zone), recorded_at=None)
        for fault in self._find_faults(event):
            raise fault
        return event

    def _find_faults(self, event: Event) -> Iterator[BadEvent]:
        event_id = event.event_id
        if event.source != self._source:
            yield BadEvent(
                "wrong_source",
                f"`source` is {event.source!r}, but the key is that of {self._source!r}: it writes no other source",
                event_id,
            )
        yield from _find_text_faults(event)
        if event.occurred_at > self._latest:
            yield BadEvent(
                "future",
                f"`occurred_at` {self._zone.text(event.occurred_at)} is more than 10 minutes after its receipt at "
                f"{self._zone.text(instant_of(self._receipt))}: check the clock and the zone of the sender",
                event_id,
            )
        if event.occurred_at < self._earliest:
            yield BadEvent(
                "too_old",
                f"`occurred_at` {self._zone.text(event.occurred_at)} is before {EARLIEST_DATE}: send the time at which "
                "it happened",
                event_id,
            )


def _find_text_faults(event: Event) -> Iterator[BadEvent]:
    event_id = event.event_id
    for name in ("event_id", "case_no", *TEXT_FIELDS):
        value = getattr(event, name)
        if value is None:
            continue
        longest = LONGEST_CODE if name in _CODE_FIELDS else LONGEST_TEXT
        if len(value) > longest:
            yield BadEvent(
                "too_long", f"`{name}` has {len(value):,} characters: at most {longest:,} are kept", event_id
            )
        if "\0" in value:
            yield BadEvent("nul", f"`{name}` holds a NUL character, which no text can keep: leave it out", event_id)
    for name in ("event_id", "case_no"):
        if not getattr(event, name):
            yield BadEvent(f"bad_{name}", f"`{name}` is empty: it must name the {name.partition('_')[0]}", event_id)
    if event.applicant_ref is not None and not _HASH_PATTERN.search(event.applicant_ref):
        yield BadEvent(
            "bad_applicant_ref",
            "`applicant_ref` does not look like a hash: send a keyed hash of at least 32 hexadecimal or base64url "
            "characters, never a name or number of a person",
            event_id,
        )


def _decode_line(line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except RecursionError as error:
        raise BadEvent("not_json", "nested too deeply: an event is one flat JSON object") from error
    except msgspec.DecodeError as error:
        line.decode()  # bytes that are not UTF-8 spoil the whole body, even where they break the JSON first
        if has_lone_surrogate(line):
            raise BadEvent(
                "lone_surrogate", "holds half of a surrogate pair (a \\ud800–\\udfff escape alone), which is no text"
            ) from error
        raise BadEvent("not_json", f"not valid JSON ({error}): send one JSON object per event") from error


__all__ = ["LineReader", "ParsedBatch", "RefusedLine", "parse_body"]
