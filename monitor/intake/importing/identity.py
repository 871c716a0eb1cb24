"""Event ids out of what an event says: the same event has the same id in every copy and every export of a log."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from monitor.intake.importing.mapping import Draft

_DIGITS = 20


class Numbering:
    """Gives drafts their ids; those with equal keys are told apart by their order in the file.

    Remembers eight bytes for each event of the file: fingerprints in sorted runs, each at least twice the next.
    """

    def __init__(self) -> None:
        self._runs: list[NDArray[np.uint64]] = []

    def number(self, drafts: Sequence[Draft]) -> None:
        """Fill in the `event_id` of drafts that follow one another in the file, except where the log gave one."""
        digests = [_digest(draft.key) for draft in drafts]
        prints = np.frombuffer(b"".join(digest[:8] for digest in digests), dtype=np.uint64)
        earlier = sum((_count(run, prints) for run in self._runs), np.zeros(len(prints), dtype=np.int64))
        within: dict[bytes, int] = {}
        for draft, digest, before in zip(drafts, digests, earlier.tolist(), strict=True):
            here = within.get(digest, 0)
            within[digest] = here + 1
            if "event_id" not in draft.fields:
                draft.fields["event_id"] = _event_id(draft, digest, before + here)
        self._remember(prints)

    def _remember(self, prints: NDArray[np.uint64]) -> None:
        run = np.sort(prints)
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = np.sort(np.concatenate((self._runs.pop(), run)), kind="stable")
        self._runs.append(run)


def _event_id(draft: Draft, digest: bytes, ordinal: int) -> str:
    if ordinal:
        digest = _digest(f"{draft.key}\x1f{ordinal}")
    return f"{draft.fields['kind']}-{digest.hex()[:_DIGITS]}"


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _count(run: NDArray[np.uint64], prints: NDArray[np.uint64]) -> NDArray[np.int64]:
    return np.searchsorted(run, prints, side="right") - np.searchsorted(run, prints, side="left")
