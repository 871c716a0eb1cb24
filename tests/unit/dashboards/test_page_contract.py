"""The pages' types come from the server's models: this shows when they are stale."""

from __future__ import annotations

from tests.support.page_contract import COMMAND, CONTRACT, contract_text


def test_the_kept_contract_is_what_the_models_say_today() -> None:
    assert CONTRACT.read_text(encoding="utf-8") == contract_text(), f"models changed: run {COMMAND}"
