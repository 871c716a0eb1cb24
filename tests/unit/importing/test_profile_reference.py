"""The profiles printed in the documentation can be used as they stand."""

import re
from pathlib import Path

import pytest

from monitor.intake.importing.profile import EVENT_FIELDS
from monitor.intake.importing.profile_file import read_profile, shipped_profiles

REFERENCE = (Path(__file__).parents[3] / "docs/reference/import-profiles.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", REFERENCE, re.DOTALL)


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_a_printed_profile_can_be_used(number: int) -> None:
    assert read_profile(BLOCKS[number], "printed").rules


def test_the_reference_names_every_shipped_profile_and_every_field() -> None:
    assert len(BLOCKS) == 2
    for name in (*shipped_profiles(), *EVENT_FIELDS):
        assert re.search(rf"\b{name}\b", REFERENCE), name
