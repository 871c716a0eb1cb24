"""The terminal folds what it is told as the pages do, and shows every light as word, shape and colour."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from rich.console import Console

from monitor.api.models import CardLevel, DepartmentTile
from monitor.commands.watch.drawing import draw
from monitor.commands.watch.following import RefusedError, live_address
from monitor.commands.watch.picture import CARDS_KEPT, Picture
from monitor.commands.watch.words import MARKS, WORDS, clock_word, say

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
AT = "2026-03-02T10:00:00+08:00"


def tile(code: str, light: str = "green", position: int = 1) -> dict[str, Any]:
    counts = {word: int(word == light) for word in ("reminder", "yellow", "red")}
    name = {"zh": f"{code}局", "en": f"Bureau {code}"}
    return {"code": code, "name": name, "light": light, "position": position, "open": 3, **counts}


def card(card_id: int, **fields: Any) -> dict[str, Any]:
    given = {"card_id": card_id, "level": "yellow", "revoked_at": None, "issued_at": AT, "clock": "promise"}
    return {
        **given,
        "item_name": None,
        "item": "I1",
        "department": "A",
        "case_no": f"K{card_id}",
        "reason": "due",
        **fields,
    }


def case_time(rate: float = 1.0, server_now: datetime = NOW) -> dict[str, Any]:
    return {
        "case_anchor": AT, "real_anchor": NOW.isoformat(), "rate": rate, "server_now": server_now.isoformat(),
        "day_kind": "working_day", "day_name": None, "opening": "09:00", "closing": "17:00",
    }  # fmt: skip


def snapshot(**parts: Any) -> dict[str, Any]:
    counted = "accepted_today", "decided_today", "open", "standing", "due_today", "due_today_open"
    numbers: dict[str, Any] = dict.fromkeys(counted, 7)
    numbers |= {"overdue_open": 1, "yellow_open": 1, "red_open": 0, "cards_today": {"yellow": 1}}
    board = {
        "hall": {"name": {"zh": "示范大厅", "en": "Demo hall"}, "demo": True},
        "case_time": case_time(),
        "as_of": AT,
        "data_as_of": AT,
        "sources": [{"code": "S", "state": "current"}],
        "numbers": {**numbers, "speedup_month": {"value": 0.7, "n": 10}},
        "departments": [tile("A"), tile("B", "yellow", 2), tile("C", "red", 3)],
        "cards": [card(2), card(1)],
        "feed_cards": [],
        "outages": [],
        "warnings": [],
        **parts,
    }
    return {"type": "snapshot", "seq": 5, "board": board}


@pytest.fixture
def picture() -> Picture:
    known = Picture()
    known.fold(snapshot(), NOW)
    return known


def shown(picture: Picture, language: Any = "zh", lost: str | None = None) -> str:
    console = Console(width=150, record=True, force_terminal=True, file=io.StringIO())
    console.print(draw(picture, language, lost, "http://here/"))
    return console.export_text()


def test_a_delta_replaces_by_key_and_leaves_the_rest(picture: Picture) -> None:
    picture.fold({"type": "delta", "seq": 6, "as_of": AT, "departments": [tile("B", "green", 2)]}, NOW)
    assert [row["light"] for row in picture.board["departments"]] == ["green", "green", "red"]
    assert (picture.seq, picture.board["numbers"]["open"]) == (6, 7)


def test_new_cards_come_to_the_top_and_known_ones_change_where_they_stand(picture: Picture) -> None:
    arrived = picture.fold({"type": "delta", "seq": 6, "cards": [card(4), card(3), card(1, revoked_at=AT)]}, NOW)
    assert [row["card_id"] for row in arrived] == [1, 3, 4]
    assert [row["card_id"] for row in picture.cards] == [4, 3, 2, 1]
    assert picture.cards[3]["revoked_at"] == AT


def test_the_list_of_cards_is_bounded(picture: Picture) -> None:
    picture.fold({"type": "delta", "seq": 6, "cards": [card(n) for n in range(500, 3, -1)]}, NOW)
    assert len(picture.cards) == CARDS_KEPT
    assert picture.cards[0]["card_id"] == 500


def test_nothing_is_wiped_by_a_loss_or_before_a_snapshot() -> None:
    empty = Picture()
    assert empty.fold({"type": "delta", "seq": 6, "departments": []}, NOW) == []
    assert not empty.is_known


def test_case_time_runs_at_its_rate_by_the_clock_of_the_service() -> None:
    wrong = NOW + timedelta(hours=3)  # this machine's clock is three hours fast
    known = Picture()
    known.fold(snapshot(case_time=case_time(rate=60.0)), wrong)
    assert known.case_now(wrong + timedelta(minutes=1)) == datetime.fromisoformat("2026-03-02T11:00:00+08:00")


def test_the_worst_departments_come_first(picture: Picture) -> None:
    assert [row["code"] for row in picture.failing_departments()] == ["C", "B"]


@pytest.mark.parametrize(("language", "word"), [("zh", "红牌"), ("en", "red")])
def test_a_light_is_a_word_a_shape_and_a_colour(picture: Picture, language: Any, word: str) -> None:
    text = shown(picture, language)
    assert "■" in text
    assert word in text
    assert MARKS["red"].colour != MARKS["yellow"].colour


def test_demo_data_is_called_so(picture: Picture) -> None:
    assert "演示数据" in shown(picture)


def test_a_lost_connection_is_said_with_the_time_of_the_data(picture: Picture) -> None:
    text = shown(picture, lost="nothing heard")
    assert "03-02 10:00" in text
    assert "nothing heard" in text
    assert "示范大厅" in text


SILENT = {
    "source": "S", "source_name": {"zh": "规划系统", "en": "Planning system"}, "state": "silent", "data_as_of": AT,
    "cards_held": 4,
}  # fmt: skip
OUTAGE = {"blind_from": AT, "blind_until": "2026-03-02T14:00:00+08:00", "cards_due": 37, "cards_held": 0}


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "zh",
            ["规划系统 失联，数据截至 03-02 10:00，暂缓发牌 4 张", "监察中断 03-02 10:00 至 03-02 14:00，期间到期 37"],
        ),
        ("en", ["Planning system is silent, data as of 03-02 10:00, cards held: 4", "cards that fell due: 37"]),
    ],
)
def test_silence_and_outages_are_said_above_everything(picture: Picture, language: Any, lines: list[str]) -> None:
    picture.fold({"type": "delta", "seq": 6, "feed_cards": [SILENT], "outages": [OUTAGE]}, NOW)
    assert all(line in shown(picture, language) for line in lines)
    picture.fold({"type": "delta", "seq": 7, "feed_cards": []}, NOW)
    assert lines[0] not in shown(picture, language)
    assert lines[1] in shown(picture, language)


def test_what_is_summed_over_others_is_a_dash_for_a_part_of_the_hall(picture: Picture) -> None:
    part = {**SILENT, "state": "silent_a_day", "cards_held": None}
    picture.fold({"type": "delta", "seq": 6, "feed_cards": [part], "outages": [{**OUTAGE, "cards_due": None}]}, NOW)
    assert "cards that fell due: –" in shown(picture, "en")
    assert "silent for over a working day" in shown(picture, "en")


def test_a_card_by_last_known_data_says_so(picture: Picture) -> None:
    picture.fold({"type": "delta", "seq": 6, "cards": [card(4, reason="last_known_data")]}, NOW)
    assert "按最后已知数据" in shown(picture)


def test_an_empty_month_is_a_dash(picture: Picture) -> None:
    picture.board["numbers"]["speedup_month"] = {"value": None, "n": 0}
    assert "–" in shown(picture)


def test_every_light_and_level_of_the_contract_has_a_mark() -> None:
    lights = get_args(DepartmentTile.model_fields["light"].annotation)
    assert {*lights, *get_args(CardLevel)} <= set(MARKS)
    assert len({mark.shape for mark in MARKS.values()}) == len(MARKS)


def test_every_phrase_is_in_both_languages_with_the_same_places() -> None:
    for key, (zh, en) in WORDS.items():
        assert zh, key
        assert en, key
        assert zh.count("{") == en.count("{"), key


def test_clocks_have_words_and_steps_their_own_names() -> None:
    assert clock_word("promise", "zh") == "承诺"
    assert clock_word("step:审查:2", "en") == "审查:2"
    assert clock_word("suspension:1", "en") == say("clock_suspension", "en")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8080/", "ws://127.0.0.1:8080/ws?hall=H+1&since=5"),
        ("https://board.example", "wss://board.example/ws?hall=H+1&since=5"),
        ("localhost:8080", "ws://localhost:8080/ws?hall=H+1&since=5"),
    ],
)
def test_the_live_channel_is_found_from_the_address_of_the_service(url: str, expected: str) -> None:
    assert live_address(url, "H 1", 5) == expected


@pytest.mark.parametrize("url", ["ftp://x", "http://", "//"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(RefusedError, match="is no address of a service"):
        live_address(url, None, None)
