"""A summary is read from what was packed of it, by this release or an earlier one."""

from __future__ import annotations

from monitor.domain.counting import Cover
from monitor.domain.quiet_summary import QuietSummary, summary_of_row


def test_a_summary_is_read_as_it_was_packed() -> None:
    written = QuietSummary(7, "I1", True, False, ["审查"], ["王"], True, accepted=True, covers=[Cover(1, 3, 10, 30)])
    packed = [*written.row()]
    packed[-2] = [[1, 3, 10, 30]]
    assert summary_of_row(packed) == written
    assert summary_of_row([8, *packed[1:]]) != written


def test_of_a_shorter_one_what_its_release_did_not_know_is_taken_as_not_so() -> None:
    earlier = summary_of_row([7, "I1", True, False, ["审查"], []])
    assert earlier == QuietSummary(7, "I1", True, False, ["审查"], [])
    assert not earlier.plain
    assert earlier.covers is None


def test_a_summary_shows_its_values() -> None:
    assert repr(QuietSummary(7, "I1", True, False, ["审查"], [])).startswith(
        "QuietSummary(7, 'I1', True, False, ['审查']"
    )
