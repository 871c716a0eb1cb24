"""Where log lines go and what they look like: standard error, for people or for machines, without what was sent."""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal, TextIO, cast

import psycopg
import structlog
from psycopg_pool import PoolTimeout

REFUSED_HANDSHAKE = "ASGI callable returned without completing handshake."
"""What uvicorn says when a websocket was refused with an answer of its own, as it may be: nothing is wrong then."""

WITHHELD = "message withheld: it may repeat what was sent"
_SPEAKABLE = (OSError, PoolTimeout, psycopg.OperationalError)
"""Errors of machine, network and server: they tell of places and names of the operator, not of cases."""

_LONGEST_CHAIN = 8
_SECRETS = re.compile(r"esk_[\w-]{4,}|(?<=://)[^\s/@]+:[^\s@]+(?=@)|(?i:password=)\S+|(?i:bearer )\S+")

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "text", "json"]


class UnfailingOutput:
    """Standard error that drops what cannot be written: a full disk takes the log, not the service."""

    def write(self, text: str) -> int:
        """Write, or count as written. Past the buffer: what lay in it unwritten would fail the process at its end."""
        raw = getattr(getattr(sys.stderr, "buffer", None), "raw", None)
        with suppress(OSError):
            if raw is None:
                sys.stderr.write(text)
            else:
                raw.write(text.encode(errors="backslashreplace"))
        return len(text)

    def flush(self) -> None:
        """Flush, or forget what cannot be."""
        with suppress(OSError):
            sys.stderr.flush()


def configure_logging(level: Level, output: Format) -> None:
    """Set up logging for this process, that of libraries as well."""
    as_json = output == "json" or (output == "auto" and not sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _describe_exception,
        _mask_secrets,
    ]
    rendering: list[Any] = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    if as_json:
        rendering = [structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, UnfailingOutput())),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
    )
    handler = logging.StreamHandler(UnfailingOutput())
    handler.setFormatter(formatter)
    handler.addFilter(_is_worth_saying)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if level != "debug" else logging.INFO)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda given: _log_uncaught(given.exc_type, given.exc_value, given.exc_traceback)


def _is_worth_saying(record: logging.LogRecord) -> bool:
    return record.getMessage() != REFUSED_HANDSHAKE


def _log_uncaught(kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None, /) -> None:
    """What nobody caught is told like everything else: Python would print the message of the error."""
    structlog.get_logger(__name__).critical("uncaught_error", error_type=kind.__name__, exc_info=error)


def _describe_exception(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace `exc_info` by a text: where it happened and of what kind each error of the chain is."""
    given = line.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        line["exception"] = describe_error(error)
    return line


def describe_error(error: BaseException) -> str:
    """The trace of an error and of its causes, without messages that may repeat a row or a field of what was sent."""
    parts: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(parts) < _LONGEST_CHAIN:
        frames = "".join(traceback.format_tb(cause.__traceback__))
        parts.append(f"{frames}{type(cause).__module__}.{type(cause).__qualname__}: {_say(cause)}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\ncaused by\n".join(parts)


def _say(error: BaseException) -> str:
    if isinstance(error, _SPEAKABLE):
        return str(error)
    if isinstance(error, psycopg.Error):
        found = error.diag
        names = {"state": error.sqlstate, "table": found.table_name, "column": found.column_name,
                 "constraint": found.constraint_name}  # fmt: skip
        return f"{WITHHELD} " + " ".join(f"{name}={value}" for name, value in names.items() if value)
    return WITHHELD


def _mask_secrets(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keys and passwords are nowhere put into a line; where a library does it after all, they are covered."""
    for name, value in line.items():
        if isinstance(value, str):
            line[name] = mask_secrets(value)
    return line


def mask_secrets(text: str) -> str:
    """A text with keys, passwords and credentials of URLs covered."""
    return _SECRETS.sub("•••", text)
