"""XES logs, read as a stream: memory holds one trace, and times keep the offset they were recorded with.

Document types are refused and with them every entity: a log needs none, and they are how a small file becomes a
large one ("billion laughs") or reads what it should not.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from xml.parsers import expat

from monitor.intake.importing.log_file import ReadingError
from monitor.intake.importing.records import CaseRecord, Row

_CHUNK = 65_536
_NOWHERE = -1
_NO_ATTRIBUTES: Mapping[str, str] = {}


def read_xes(stream: io.BufferedIOBase) -> Iterator[CaseRecord]:
    """Traces in the order of the file; events that stand outside any trace come as a record without attributes.

    Only the attributes of trace and event themselves are read, not those nested in them. Raises ReadingError.
    """
    collector = _Collector()
    while chunk := stream.read(_CHUNK):
        collector.feed(chunk, last=False)
        yield from collector.take()
    collector.feed(b"", last=True)
    yield from collector.take()


class _Collector:
    """Handlers of the XML parser; `depth` counts open elements, those at `attribute_depth` belong to `values`."""

    def __init__(self) -> None:
        self.depth = 0
        self.saw_log = False
        self.done: list[CaseRecord] = []
        self.trace: CaseRecord | None = None
        self.rows: list[Row] = []
        self.values: dict[str, str] = {}
        self.case_values: dict[str, str] = {}
        self.attribute_depth = _NOWHERE
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.refuse_document_type
        self.parser.EntityDeclHandler = self.refuse_document_type
        self.parser.ExternalEntityRefHandler = self.refuse_document_type

    def feed(self, chunk: bytes, *, last: bool) -> None:
        try:
            self.parser.Parse(chunk, last)
        except expat.ExpatError as error:
            raise ReadingError(
                f"line {error.lineno}: this is no well-formed XML ({expat.ErrorString(error.code)}): "
                "export the log again, or check that the file is complete and of the kind the profile expects."
            ) from error
        if last and not self.saw_log:
            raise ReadingError("this XML holds no <log> element: it is no XES log.")

    def take(self) -> list[CaseRecord]:
        done, self.done = self.done, []
        return done

    def refuse_document_type(self, *_: object) -> int:
        raise ReadingError(
            f"line {self.parser.CurrentLineNumber}: the file declares a document type or an entity, which is refused: "
            "an XES log needs none. Remove the <!DOCTYPE …> declaration if you trust the file."
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth == self.attribute_depth and tag != "event":
            # The hot line: nine of ten elements of a log are attributes.
            if "key" in attributes and "value" in attributes:
                self.values[attributes["key"]] = attributes["value"]
        elif tag == "event" and self.depth == (2 if self.trace is None else 3):
            self.values = {}
            self.rows.append(Row(self.parser.CurrentLineNumber, self.values))
            self._own()
        elif tag == "trace" and self.depth == 2:
            self.case_values = self.values = {}
            self.rows = []
            self.trace = CaseRecord(self.parser.CurrentLineNumber, self.case_values, self.rows)
            self._own()
        elif tag == "log" and self.depth == 1:
            self.saw_log = True

    def end(self, _: str) -> None:
        self.depth -= 1
        if self.depth != self.attribute_depth - 2:
            return
        if self.trace is None:  # an event of a log without traces
            self.done.append(CaseRecord(self.rows[0].line, _NO_ATTRIBUTES, self.rows))
            self.rows, self.attribute_depth = [], _NOWHERE
        elif self.depth == 2:  # an event; attributes of its trace may follow
            self.values, self.attribute_depth = self.case_values, 3
        else:
            self.done.append(self.trace)
            self.trace, self.rows, self.attribute_depth = None, [], _NOWHERE

    def _own(self) -> None:
        self.attribute_depth = self.depth + 1
