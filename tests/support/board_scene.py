"""A hall at one moment, made of the API's own models: what the browser tests put before the pages."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.api import models as m
from monitor.api.model_base import Name
from monitor.api.silence_models import FeedCard

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2026, 11, 23, 10, 42, 7, tzinfo=ZONE)
HALL = m.Hall(
    code="shifan",
    name=Name(zh="示范市行政服务中心", en="Shifan City Administrative Service Centre"),
    zone="Asia/Shanghai",
    demo=True,
)
DEPARTMENTS = (
    ("发展和改革委员会", "Development and Reform Commission"),
    ("经济和信息化委员会", "Economy and Information Commission"),
    ("教育局", "Education Bureau"),
    ("科学技术局", "Science and Technology Bureau"),
    ("公安局", "Public Security Bureau"),
    ("民政局", "Civil Affairs Bureau"),
    ("司法局", "Justice Bureau"),
    ("财政局", "Finance Bureau"),
    ("人力资源和社会保障局", "Human Resources and Social Security Bureau"),
    ("国土资源局", "Land and Resources Bureau"),
    ("环境保护局", "Environmental Protection Bureau"),
    ("住房和城乡建设局", "Housing and Construction Bureau"),
    ("规划局", "Planning Bureau"),
    ("交通运输局", "Transport Bureau"),
    ("水利局", "Water Resources Bureau"),
    ("农业局", "Agriculture Bureau"),
    ("林业局", "Forestry Bureau"),
    ("商务局", "Commerce Bureau"),
    ("文化广电新闻出版局", "Culture and Press Bureau"),
    ("卫生和计划生育委员会", "Health Commission"),
    ("审计局", "Audit Bureau"),
    ("国有资产监督管理委员会", "State Assets Commission"),
    ("工商行政管理局", "Industry and Commerce Bureau"),
    ("质量技术监督局", "Quality Supervision Bureau"),
    ("体育局", "Sports Bureau"),
    ("统计局", "Statistics Bureau"),
    ("安全生产监督管理局", "Work Safety Bureau"),
    ("食品药品监督管理局", "Food and Drug Administration"),
    ("人民防空办公室", "Civil Air Defence Office"),
    ("气象局", "Meteorological Bureau"),
    ("公安消防支队", "Fire Brigade"),
    ("国家税务局", "State Taxation Bureau"),
    ("地方税务局", "Local Taxation Bureau"),
    ("烟草专卖局", "Tobacco Monopoly Bureau"),
    ("档案局", "Archives Bureau"),
    ("供电局", "Power Supply Bureau"),
)
ITEMS = (
    ("建设工程规划许可证核发", "Construction planning permit"),
    ("排污许可证核发", "Pollutant discharge permit"),
    ("企业设立登记", "Registration of a company"),
    ("国有建设用地使用权登记", "State land use right registration"),
    ("社会团体成立登记", "Registration of a social organisation"),
    ("医疗机构执业登记", "Registration of a medical institution"),
)
BUSY = {3: 120, 8: 412, 14: 1_280}
"""Departments with hundreds of open cases, and one with more than a thousand."""
Kind = Literal["normal", "empty", "unheard", "many"]


def at(hours: float) -> datetime:
    """Case time `hours` before the scene's moment."""
    return AS_OF - timedelta(hours=hours)


def make_tile(position: int, count: int, dice: random.Random) -> m.DepartmentTile:
    """One department; every sixth is failing, the seventh's source is silent."""
    zh, en = DEPARTMENTS[position % len(DEPARTMENTS)]
    suffix = "" if position < len(DEPARTMENTS) else f" {position}"
    red = 2 if position % 12 == 4 else 0
    yellow = dice.randint(1, 3) if position % 6 == 2 else 0
    reminder = dice.randint(2, 19) if position % 5 == 3 else 0
    light: Literal["unknown", "green", "reminder", "yellow", "red"] = "green"
    if position == 6:
        light = "unknown"
    elif red:
        light = "red"
    elif yellow:
        light = "yellow"
    elif reminder:
        light = "reminder"
    return m.DepartmentTile(
        code=f"D{position:02d}",
        name=Name(zh=zh + suffix, en=en + suffix),
        position=position,
        in_hall=position < count,
        light=light,
        open=dice.randint(12, 88) + red + yellow + reminder + BUSY.get(position, 0),
        standing=dice.randint(0, 5),
        reminder=reminder,
        yellow=yellow,
        red=red,
        data_as_of=AS_OF - timedelta(minutes=47) if light == "unknown" else AS_OF,
        silent=light == "unknown",
    )


def make_speedup() -> m.Figure:
    """The figure of the header."""
    return make_figure("speedup_actual", "实际提速率", "Actual speed-up", 0.70036, 18204, earlier=0.4)


def make_figure(
    figure_id: str, zh: str, en: str, value: float | None, n: int, *, earlier: float | None = None, cases: bool = True
) -> m.Figure:
    """A figure of `n`; its change is the difference to `earlier` in percentage points."""
    period = "from=2026-11-01&to=2026-12-01"
    return m.Figure(
        id=figure_id,
        name=Name(zh=zh, en=en),
        value=value,
        numerator=None if value is None else round(value * n, 2),
        denominator=None if value is None else n,
        n=n,
        excluded=37 if n else 0,
        decimals=1,
        formula=Name(zh="1 − 实际用时合计 ÷ 法定时限合计", en="1 − Σ used ÷ Σ statutory limit"),
        period_from=date(2026, 11, 1),
        period_to=date(2026, 12, 1),
        earlier_value=earlier,
        earlier_label=None if earlier is None else Name(zh="改革前", en="before"),
        change_points=None if earlier is None or value is None else round((value - earlier) * 100, 2),
        cases_url=f"/api/v1/figures/{figure_id}/cases?{period}" if cases else None,
    )


def make_numbers(tiles: list[m.DepartmentTile]) -> m.BoardNumbers:
    """The header's numbers: what tiles can say is their sum."""
    return m.BoardNumbers(
        accepted_today=812 if tiles else 0,
        decided_today=764 if tiles else 0,
        early_today=697 if tiles else 0,
        open=sum(tile.open for tile in tiles),
        standing=sum(tile.standing for tile in tiles),
        due_today=168 if tiles else 0,
        due_today_open=63 if tiles else 0,
        overdue_open=sum(tile.yellow + tile.red for tile in tiles),
        yellow_open=sum(tile.yellow for tile in tiles),
        red_open=sum(tile.red for tile in tiles),
        cards_today={"reminder": 41, "yellow": 12, "red": 3} if tiles else {"reminder": 0, "yellow": 0, "red": 0},
        speedup_month=make_speedup()
        if tiles
        else make_figure("speedup_actual", "实际提速率", "Actual speed-up", None, 0),
    )


def make_card(number: int, *, level: m.CardLevel | None = None) -> m.CardNotice:
    """Card `number`, the higher the newer; every fifth is revoked."""
    levels: tuple[m.CardLevel, ...] = ("red", "yellow", "reminder", "reminder", "yellow")
    zh, en = ITEMS[number % len(ITEMS)]
    revoked = number % 5 == 1 and level is None
    return m.CardNotice(
        card_id=number,
        source="hall-1",
        case_no=f"330500-2026-{4000 + number:06d}",
        item=f"I{number % 6}",
        item_name=Name(zh=zh, en=en),
        department=f"D{number * 7 % 36:02d}",
        clock="statutory" if (level or levels[number % 5]) == "red" else "promise",
        level=level or levels[number % 5],
        generation=0,
        state="revoked" if revoked else "issued",
        expected_at=at((40 - number) / 6),
        issued_at=at((40 - number) / 6),
        due_at=AS_OF.replace(hour=17, minute=0, second=0) + timedelta(days=number % 3 - 1),
        reason="due",
        revoked_at=at((40 - number) / 6 - 0.05) if revoked else None,
        revoke_reason="late_event" if revoked else None,
    )


def make_sources(kind: Kind, tiles: list[m.DepartmentTile]) -> list[m.SourceHealth]:
    """One source a department; the seventh is silent, all are unknown in a hall that nobody has fed."""

    def state(index: int) -> Literal["current", "silent", "unknown"]:
        if kind == "unheard":
            return "unknown"
        return "silent" if index == 6 else "current"

    return [
        m.SourceHealth(
            code=f"S{index:02d}",
            name=tile.name,
            state=state(index),
            archive=False,
            complete_until=None if kind == "unheard" else tile.data_as_of,
            last_event_at=None if kind == "unheard" else tile.data_as_of,
            departments=[tile.code],
        )
        for index, tile in enumerate(tiles)
    ]


def make_case_time() -> m.CaseTime:
    """Case time at the pace of real time, anchored now."""
    now = datetime.now(UTC)
    return m.CaseTime(
        case_anchor=AS_OF,
        real_anchor=now,
        rate=1,
        server_now=now,
        day_kind="working_day",
        day_name=None,
        opening="09:00",
        closing="17:00",
    )


def make_board(kind: Kind = "normal") -> m.Board:
    """The whole board: `empty` has no registry, `unheard` no events, `many` 60 departments."""
    dice = random.Random(20261123)
    count = {"normal": 36, "unheard": 36, "many": 60, "empty": 0}[kind]
    tiles = [make_tile(position, count, dice) for position in range(count)]
    if kind == "unheard":
        quiet = {"open": 0, "standing": 0, "reminder": 0, "yellow": 0, "red": 0, "light": "unknown", "data_as_of": None}
        tiles = [tile.model_copy(update=quiet) for tile in tiles]
    alive = kind in ("normal", "many")
    days = [date(2026, 11, 23) + timedelta(days=offset) for offset in range(14)]
    working = [day for day in days if day.weekday() < 5]
    months = [f"{2024 + (11 + i) // 12}-{(11 + i) % 12 + 1:02d}" for i in range(24)]
    return m.Board(
        hall=HALL,
        case_time=make_case_time(),
        as_of=AS_OF,
        data_as_of=AS_OF if alive else None,
        sources=make_sources(kind, tiles),
        numbers=make_numbers(tiles if alive else []),
        departments=tiles,
        due_days=[
            m.DueDay(day=day, promise=(60 + 23 * i % 90) * alive, statutory=(i % 4 + 1) * alive)
            for i, day in enumerate(working)
        ],
        trend=[
            m.TrendPoint(month=month, value=0.4 + 0.0131 * i if alive else None, n=900 * alive)
            for i, month in enumerate(months)
        ],
        cards=[make_card(number) for number in range(39, 9, -1)] if alive else [],
        feed_cards=[make_feed_card(tiles[6])] if alive else [],
        outages=[],
        warnings=[],
    )


def make_feed_card(tile: m.DepartmentTile) -> FeedCard:
    """The source of a department, silent for 47 minutes."""
    return FeedCard(
        feed_card_id=3,
        source=f"S-{tile.code}",
        source_name=Name(zh="档案与人社业务系统", en="Archives and social security system"),
        departments=[tile.code],
        state="silent",
        data_as_of=AS_OF - timedelta(minutes=47),
        expected_at=AS_OF - timedelta(minutes=17),
        issued_at=AS_OF - timedelta(minutes=17),
        closed_at=None,
        cards_held=4,
    )
