"""Whatever is killed: an acknowledged event is in the log once, and everything stored equals its replay."""

from __future__ import annotations

import pytest

from tests.faults.campaign import Campaign


def run_campaign(kills: int) -> None:
    campaign = Campaign(kills)
    audit = campaign.run()
    assert audit.faults == []
    assert len(campaign.kills) == kills
    assert {"database", "service", "engine"} <= {kill.what for kill in campaign.kills}
    assert audit.acknowledged_events > 1_000, "there was hardly any load"
    assert any(kill.broken_off or kill.turned_away for kill in campaign.kills), "no kill met a request under way"
    assert "equal" in audit.replay


@pytest.mark.timeout(300)
def test_four_kills_under_load_lose_nothing_and_double_nothing() -> None:
    run_campaign(4)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_twenty_kills_under_load_lose_nothing_and_double_nothing() -> None:
    run_campaign(20)
