"""The machine's own Debian archive sources, read from both of apt's formats and mapped to another suite."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

DEBIAN_CODENAMES = frozenset({"bullseye", "bookworm", "trixie", "forky", "duke", "sid"})
"""Releases whose archive can also serve another Debian suite."""

DEBIAN_ALIASES = frozenset({"oldoldstable", "oldstable", "stable", "testing", "unstable"})
MAPPED_POCKETS = ("", "-updates", "-security")
ARCHIVE_COMPONENT = "main"


@dataclass(frozen=True, slots=True)
class AptSource:
    """One line of a `sources.list`: where packages come from, in which suite, with which options."""

    uri: str
    suite: str
    components: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()

    def render_line(self) -> str:
        """Write the source in apt's one-line format."""
        options = " ".join(f"{name}={value}" for name, value in self.options)
        bracket = f"[{options}] " if options else ""
        return f"deb {bracket}{self.uri} {self.suite} {' '.join(self.components)}"


_ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>[^#]+)")

_DEB822_OPTIONS: Mapping[str, str] = {
    "signed-by": "signed-by",
    "trusted": "trusted",
    "check-valid-until": "check-valid-until",
    "by-hash": "by-hash",
}
"""Fields of a .sources stanza that carry over; architectures and targets are apt's own business."""


def parse_one_line_sources(text: str) -> list[AptSource]:
    """Read the `deb` lines of a `sources.list`; `deb-src` lines and comments are left out."""
    sources = []
    for line in text.splitlines():
        match = _ONE_LINE.match(line.strip())
        if match is None:
            continue
        options = tuple(
            (name, value)
            for name, _, value in (word.partition("=") for word in (match["options"] or "").split())
            if name.lower() in _DEB822_OPTIONS.values()
        )
        sources.append(AptSource(match["uri"], match["suite"], tuple(match["components"].split()), options))
    return sources


def parse_deb822_sources(text: str) -> list[AptSource]:
    """Read the stanzas of a `.sources` file: every URI with every suite is one source."""
    sources: list[AptSource] = []
    for stanza in re.split(r"\n\s*\n", text):
        fields = _read_stanza(stanza)
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in ("no", "false"):
            continue
        options = _read_stanza_options(fields)
        if options is None:
            continue
        components = tuple(fields.get("components", "").split())
        sources += [
            AptSource(uri, suite, components, options)
            for uri in fields.get("uris", "").split()
            for suite in fields.get("suites", "").split()
        ]
    return sources


def _read_stanza(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line[0] in " \t" and name:
            fields[name] = f"{fields[name]}\n{line.strip()}"
        else:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def _read_stanza_options(fields: Mapping[str, str]) -> tuple[tuple[str, str], ...] | None:
    """Give the options that carry over, or None where the stanza brings its key inside itself.

    A key block cannot be written in the one-line format, and Debian's own archive never needs one.
    """
    options = []
    for field, option in _DEB822_OPTIONS.items():
        value = fields.get(field)
        if value is None:
            continue
        if "\n" in value or not value.strip():
            return None
        options.append((option, ",".join(value.split())))
    return tuple(options)


def select_debian_sources(sources: Iterable[AptSource], suite: str) -> list[AptSource]:
    """Keep the Debian archive's sources (component main) and move each to `suite`, its updates and security too.

    A source counts as the archive's when its suite is a Debian release or alias. Backports and third parties are
    left out; a third party that imitates a release name fails apt's signature check or lacks the suite, and the
    caller lives with sources that fail as long as the packages are found.
    """
    selected: dict[AptSource, None] = {}
    for source in sources:
        release, pocket = _split_pocket(source.suite)
        if release not in DEBIAN_CODENAMES | DEBIAN_ALIASES or pocket not in MAPPED_POCKETS:
            continue
        if ARCHIVE_COMPONENT not in source.components:
            continue
        selected[AptSource(source.uri, f"{suite}{pocket}", (ARCHIVE_COMPONENT,), source.options)] = None
    return list(selected)


def _split_pocket(suite: str) -> tuple[str, str]:
    if suite.endswith("/updates"):  # how security was called up to Debian 10
        return suite.removesuffix("/updates"), "-security"
    release, dash, pocket = suite.partition("-")
    return release, dash + pocket


def read_machine_sources(etc_apt: Path) -> list[AptSource]:
    """Read `sources.list`, `sources.list.d/*.list` and `sources.list.d/*.sources` below `etc_apt`."""
    sources = []
    folder = etc_apt / "sources.list.d"
    for path in [etc_apt / "sources.list", *sorted(folder.glob("*.list"))]:
        if path.is_file():
            sources += parse_one_line_sources(path.read_text(encoding="utf-8", errors="replace"))
    for path in sorted(folder.glob("*.sources")):
        sources += parse_deb822_sources(path.read_text(encoding="utf-8", errors="replace"))
    return sources
