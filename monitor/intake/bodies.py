"""The body of a request on its way to lines: unpacked within limits, recognised, and cut into one text per event."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

import msgspec

MEBIBYTE = 1024 * 1024
NDJSON_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "text/plain")
ARRAY_TYPE = "application/json"
ENCODINGS = ("identity", "gzip")
_ARRAY_MARKS_PER_EVENT = 200
"""Commas an event may hold on average (it has 20 fields) before an array is taken for one of too many elements."""

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_array_decoder = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How much one request may carry: bytes as sent, bytes unpacked, events, bytes of one event's text."""

    sent: int = 32 * MEBIBYTE
    unpacked: int = 64 * MEBIBYTE
    events: int = 10_000
    line: int = MEBIBYTE


class UnreadableBodyError(ValueError):
    """A body of which nothing was taken. `code` is stable; `detail` says what is wrong, where, and what to do.

    Codes: unknown_type, unknown_charset, unknown_encoding, broken_gzip, too_large, too_many_events, not_utf8, not_json.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def unpack_body(body: bytes, encoding: str | None, limits: BodyLimits) -> bytes:
    """Undo the content encoding, never holding more than the limit. Raises UnreadableBodyError."""
    name = (encoding or "identity").strip().lower()
    if name in ("gzip", "x-gzip"):
        return _gunzip(body, limits.unpacked)
    if name != "identity":
        raise UnreadableBodyError(
            "unknown_encoding", f"Content-Encoding {encoding!r} is not known here: send gzip, or no encoding at all."
        )
    if len(body) > limits.unpacked:
        raise _too_large(limits.unpacked)
    return body


def _gunzip(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    room, rest = limit, body
    while rest:
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(rest, room + 1)
        except zlib.error as error:
            raise _broken_gzip(str(error)) from error
        room -= len(part)
        if room < 0:
            raise _too_large(limit)
        if not member.eof:
            raise _broken_gzip("it ends in the middle")
        parts.append(part)
        rest = member.unused_data.lstrip(b"\0")  # some writers pad with zeros; several members are one text
    return b"".join(parts)


def cut_body(body: bytes, content_type: str | None, limits: BodyLimits) -> list[bytes]:
    """One text per line (blank ones included) or array element, so that text n stands at n − 1.

    Raises UnreadableBodyError for a type not known, for too many events, and for an array that is no JSON.
    """
    media_type, _, parameters = (content_type or "").partition(";")
    media_type = media_type.strip().lower()
    if media_type not in (*NDJSON_TYPES, ARRAY_TYPE):
        said = f"Content-Type {content_type!r} is not known here" if content_type else "the request has no Content-Type"
        raise UnreadableBodyError(
            "unknown_type",
            f"{said}: send application/x-ndjson (one JSON object a line) or application/json (an array of objects).",
        )
    _refuse_charset(parameters)
    text = body.removeprefix(_BYTE_ORDER_MARK)
    texts = _cut_array(text, limits) if media_type == ARRAY_TYPE else _cut_lines(text, limits)
    if len(texts) > limits.events and sum(1 for line in texts if line.strip()) > limits.events:
        raise _too_many_events(limits.events)
    return texts


def _refuse_charset(parameters: str) -> None:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        charset = value.strip().strip('"').lower()
        if name.strip().lower() == "charset" and charset not in ("utf-8", "utf8", "us-ascii"):
            raise UnreadableBodyError("unknown_charset", f"The charset {charset!r} is not read here: send UTF-8.")


def _cut_lines(text: bytes, limits: BodyLimits) -> list[bytes]:
    most = 10 * limits.events + 1000  # blank lines included: only to bound memory
    texts = text.split(b"\n", most)
    if len(texts) > most:
        raise _too_many_events(limits.events)
    return texts


def _cut_array(text: bytes, limits: BodyLimits) -> list[bytes]:
    if not text.lstrip(b" \t\r\n").startswith(b"["):
        raise UnreadableBodyError(
            "not_json",
            "application/json must be an array of events, in [ and ]: send one, or send application/x-ndjson with "
            "one JSON object a line.",
        )
    if text.count(b",") > _ARRAY_MARKS_PER_EVENT * limits.events:
        raise _too_many_events(limits.events)
    try:
        return [bytes(element) for element in _array_decoder.decode(text)]
    except RecursionError as error:
        raise UnreadableBodyError("not_json", "The array is nested too deeply: events are flat objects.") from error
    except msgspec.DecodeError as error:
        refuse_other_encodings(text)
        detail = (
            "The body is no valid JSON array: it holds half of a surrogate pair (a \\ud800–\\udfff escape alone)"
            if has_lone_surrogate(text)
            else f"The body is no valid JSON array ({error})"
        )
        raise UnreadableBodyError("not_json", f"{detail}. Nothing was taken; correct it and send it again.") from error


def refuse_other_encodings(text: bytes) -> None:
    """Raise UnreadableBodyError if the text is not UTF-8 (GBK, most often), naming the line."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise UnreadableBodyError(
            "not_utf8", f"The body is not UTF-8 in line {line} (GBK?): convert it and send it again."
        ) from error


def has_lone_surrogate(text: bytes) -> bool:
    """Whether an escape \\ud800 to \\udfff stands without its other half, which no text can hold."""
    return any(escape["lone"] for escape in _ESCAPE.finditer(text))


def _too_many_events(limit: int) -> UnreadableBodyError:
    """The error for a request of too many events."""
    return UnreadableBodyError("too_many_events", f"A request carries at most {limit:,} events: send them in several.")


def _too_large(limit: int) -> UnreadableBodyError:
    return UnreadableBodyError(
        "too_large", f"The body is larger than {limit:,} bytes when unpacked: send the events in several requests."
    )


def _broken_gzip(why: str) -> UnreadableBodyError:
    return UnreadableBodyError(
        "broken_gzip", f"Content-Encoding says gzip, but the body is no whole gzip file ({why}): pack it anew."
    )
