"""The description of the live channel says what the server sends."""

from typing import Any, get_args

import yaml

from alerts.live import outbox, session
from alerts.live.messages import ResyncReason
from tests.support.live_contract import COMMAND, CONTRACT, contract_text


def described() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    return document


def test_the_shapes_are_those_of_the_models() -> None:
    assert CONTRACT.read_text(encoding="utf-8") == contract_text(), f"run: {COMMAND}"


def test_every_reference_leads_somewhere() -> None:
    document = described()

    def follow(node: Any) -> int:
        if isinstance(node, list):
            return sum(map(follow, node))
        if not isinstance(node, dict):
            return 0
        found = 0
        if isinstance(node.get("$ref"), str):
            place = document
            for part in node["$ref"].removeprefix("#/").split("/"):
                place = place[part]
            found = 1
        return found + sum(map(follow, node.values()))

    assert follow(document) > 20


def test_every_reason_and_bound_is_told() -> None:
    document = described()
    reasons = document["components"]["messages"]["resync"]["description"]
    assert all(reason in reasons for reason in get_args(ResyncReason))
    told = document["channels"]["live"]["description"]
    assert f"{outbox.MOST_MESSAGES} messages" in told
    assert outbox.MOST_BYTES == 1024 * 1024
    assert "1 MiB" in told
    assert f"{session.MOST_ROWS_TO_RESUME:,} changes" in reasons
