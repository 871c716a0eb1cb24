"""Finds a profile, shipped or a file of the user's own, and reads it from TOML."""

from __future__ import annotations

import codecs
import tomllib
from pathlib import Path

from monitor.intake.importing.profile import Profile
from monitor.intake.importing.profile_hall import read_hall, read_named, read_zone
from monitor.intake.importing.profile_part import Part, ProfileError
from monitor.intake.importing.profile_rules import RuleReader
from monitor.intake.importing.records import Layout

SHIPPED = Path(__file__).parent / "profiles"


def shipped_profiles() -> dict[str, Path]:
    """The profiles that come with the program, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}


def load_profile(name: str) -> Profile:
    """The shipped profile of that name, or the one in the file of that path. Raises ProfileError."""
    shipped = shipped_profiles()
    path = shipped.get(name) or Path(name)
    if path.suffix != ".toml" or not path.is_file():
        known = ", ".join(shipped)
        raise ProfileError(name, [f"there is none of that name: use one of {known}, or the path of a .toml file"])
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(name, [f"{path} cannot be read as UTF-8 text: {error}"]) from error
    return read_profile(text, path.stem)


def read_profile(text: str, name: str) -> Profile:
    """Read a profile from its TOML text. Raises ProfileError with everything that is wrong."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(name, [f"no valid TOML: {error}"]) from error
    problems: list[str] = []
    profile = _read(Part("", content, problems), name)
    if problems:
        raise ProfileError(name, problems)
    return profile


def _read(top: Part, name: str) -> Profile:
    layout = Layout(top.one_of("layout", [layout.value for layout in Layout]))
    zone = read_zone(top)
    activity = top.optional_text("activity")
    reader = RuleReader(has_cases=layout is Layout.XES, activity=activity)
    reader.take_defaults(top.part("fields"))
    rules = tuple(reader.rule(part) for part in top.parts("event"))
    case_rules = tuple(reader.rule(part, of_case=True) for part in top.parts("case_event"))
    rest = reader.rule(top.part("rest")) if top.has("rest") else None
    if not (rules or case_rules or rest):
        top.complain("event", "is missing: a profile needs at least one [[event]] rule")
    if case_rules and layout is not Layout.XES:
        top.complain("case_event", "only XES logs have cases of their own: use [[event]]")
    identity = top.texts("identity")
    source = read_named(top.part("source")) if top.has("source") else None
    profile = Profile(
        name=name,
        title=top.text("title"),
        layout=layout,
        zone=zone,
        source=source,
        activity=activity,
        rules=rules,
        case_rules=case_rules,
        rest=rest,
        identity=identity,
        empty=frozenset({"", *top.texts("empty")}),
        encoding=_read_encoding(top),
        delimiter=_read_delimiter(top),
        salt=top.optional_text("salt"),
        hall=read_hall(top.part("hall"), zone) if top.has("hall") else None,
        columns=frozenset(reader.columns | set(identity) | ({activity} if activity else set())),
    )
    if profile.hall is not None and source is None:
        top.complain("source", "is missing: a profile with a hall names the [source] its events come from")
    top.finish()
    return profile


def _read_encoding(top: Part) -> str:
    encoding = top.text("encoding", "utf-8-sig")
    try:
        codecs.lookup(encoding)
    except LookupError:
        top.complain("encoding", f"{encoding} is unknown: give one such as utf-8 or gb18030")
    return encoding


def _read_delimiter(top: Part) -> str:
    delimiter = top.text("delimiter", ",")
    if len(delimiter) != 1:
        top.complain("delimiter", f"is {delimiter!r}: give one character")
        return ","
    return delimiter
