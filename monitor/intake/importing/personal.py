"""Keyed hashes in place of people's names: the log of events keeps no name, yet the same person stays the same."""

from __future__ import annotations

import hashlib

KEY_VARIABLE = "ESUPERVISION_PERSONAL_KEY"
SHORTEST_KEY = 16


class MissingKey(ValueError):
    """A profile hides names, but there is no key to do it with; the text says what to do."""


class Pseudonyms:
    """Turns names into keyed hashes (BLAKE2b). Without the key nobody can check a guessed name against them.

    `key` is the installation's own; the profile's `salt` serves where there is none, and is as secret as the profile.
    """

    def __init__(self, key: str | None, salt: str | None) -> None:
        self._secret = key or salt

    def of(self, name: str) -> str:
        """The pseudonym of a name: 32 hexadecimal digits. Raises MissingKey."""
        if self._secret is None or len(self._secret) < SHORTEST_KEY:
            said = "there is no key" if self._secret is None else "the key is too short"
            raise MissingKey(
                f"the profile hides names (`hash = true`), but {said}: set {KEY_VARIABLE} to a secret of at least "
                f"{SHORTEST_KEY} characters, or give the profile a `salt` of that length."
            )
        key = hashlib.blake2b(self._secret.encode()).digest()
        return hashlib.blake2b(name.strip().encode(), key=key, digest_size=16).hexdigest()
