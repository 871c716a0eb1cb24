"""Where log lines go and what they look like: standard error, for people or for machines."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import Any, Literal, TextIO, cast

import structlog

REFUSED_HANDSHAKE = "ASGI callable returned without completing handshake."
"""What uvicorn says when a websocket was refused with an answer of its own, as it may be: nothing is wrong then."""

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "text", "json"]


class UnfailingOutput:
    """Standard error that drops what cannot be written: a full disk takes the log, not the service."""

    def write(self, text: str) -> int:
        """Write, or count as written."""
        with suppress(OSError):
            sys.stderr.write(text)
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
    ]
    rendering: list[Any] = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    if as_json:
        rendering = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
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


def _is_worth_saying(record: logging.LogRecord) -> bool:
    return record.getMessage() != REFUSED_HANDSHAKE
