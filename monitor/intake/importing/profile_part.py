"""One table of a profile, read key by key; what is wrong is collected with its place and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


class ProfileError(ValueError):
    """A profile that cannot be used; every problem stands on a line of its own."""

    def __init__(self, name: str, problems: list[str]) -> None:
        super().__init__(f"the profile {name} cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = problems


@dataclass
class Part:
    """A TOML table at `path`. Reading a key marks it as known; `finish` complains about the others."""

    path: str
    content: Mapping[str, Any]
    problems: list[str]
    known: set[str] = field(default_factory=set)

    def complain(self, key: str, what: str) -> None:
        """Note a problem of one key."""
        place = f"{self.path}.{key}" if self.path and key else self.path or key
        self.problems.append(f"{place}: {what}")

    def take(self, key: str) -> Any:
        """The raw value of a key, or None."""
        self.known.add(key)
        return self.content.get(key)

    def has(self, key: str) -> bool:
        """Whether the table gives the key."""
        return key in self.content

    def text(self, key: str, default: str | None = None) -> str:
        """A text; required where there is no default."""
        value = self.take(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value:
            self.complain(key, "is missing: give a text" if value is None else f"is {value!r}: give a text, not empty")
            return default or ""
        return value

    def optional_text(self, key: str) -> str | None:
        """A text, or None."""
        return self.text(key) if self.has(key) else self.take(key)

    def texts(self, key: str) -> tuple[str, ...]:
        """A text or a list of texts; empty where the key is missing."""
        value = self.take(key)
        if value is None:
            return ()
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not listed or not all(isinstance(text, str) for text in listed):
            self.complain(key, f"is {value!r}: give a text or a list of texts")
            return ()
        return tuple(listed)

    def flag(self, key: str, default: bool = False) -> bool:
        """A boolean."""
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.complain(key, f"is {value!r}: give true or false")
        return bool(value)

    def one_of(self, key: str, allowed: list[str], default: str | None = None) -> str:
        """One of some words."""
        value = self.text(key, default)
        if value and value not in allowed:
            self.complain(key, f"is {value!r}: {_nearest(value, allowed)}use one of {', '.join(allowed)}")
            return default or allowed[0]
        return value or allowed[0]

    def mapping(self, key: str) -> dict[str, str] | None:
        """A table of texts, or None where the key is missing."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            self.complain(key, 'give a table of texts, as { Desk = "window-1" }')
            return {}
        return dict(value)

    def part(self, key: str) -> Part:
        """A table; an empty one where it is missing."""
        value = self.take(key)
        if value is not None and not isinstance(value, dict):
            self.complain(key, f"is {value!r}: give a table")
            value = None
        return Part(self._below(key), value or {}, self.problems)

    def parts(self, key: str) -> Iterator[Part]:
        """The tables of an array of tables, numbered from 1 as a reader counts them."""
        value = self.take(key)
        if value is None:
            return
        if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
            self.complain(key, f"give tables, each headed [[{self._below(key)}]]")
            return
        for number, table in enumerate(value, 1):
            yield Part(f"{self._below(key)}[{number}]", table, self.problems)

    def finish(self) -> None:
        """Complain about every key nobody asked for."""
        for key in self.content:
            if key not in self.known:
                self.complain(key, f"is no key of this table: {_nearest(key, sorted(self.known))}"
                              f"use {', '.join(sorted(self.known))}")  # fmt: skip

    def _below(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def _nearest(word: str, allowed: list[str]) -> str:
    near = difflib.get_close_matches(word, allowed, n=1)
    return f"did you mean {near[0]}? " if near else ""
