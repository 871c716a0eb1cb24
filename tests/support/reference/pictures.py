"""docs/explanation/pictures/: cases drawn day by day, every number, light and due time taken from the judge itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import escape

from monitor.domain.calendars import DayKind, national_calendar
from monitor.domain.clocks import Clock
from monitor.domain.evaluation import read_items
from monitor.domain.events import event_of
from monitor.domain.explain import ExplainedDay, explain_clock
from monitor.domain.instants import date_of
from monitor.domain.items import Policy
from monitor.domain.judge import Judgement, Rules, judge

Language = Literal["en", "zh"]

FOLDER = Path(__file__).parents[3] / "docs" / "explanation" / "pictures"
CASES = FOLDER / "cases.json"
"""The cases drawn: name → title, from, until, as_of, clocks, item, events."""

LEFT, DAY, ROW, TOP = 132, 26, 34, 62
STYLE = """\
text{font:12px system-ui,"Noto Sans CJK SC",sans-serif;fill:#1f2328}.small{font-size:10px}.faint{fill:#656d76}
.title{font-size:14px;font-weight:600}.day{fill:#fff;stroke:#d0d7de}.off{fill:#eaeef2;stroke:#d0d7de}
.counted{fill:#ddf4ff;stroke:#54aeff}.suspended{fill:url(#stripes);stroke:#8250df}.start{fill:#fff;stroke:#1f2328}
.due{fill:none;stroke:#cf222e;stroke-width:2.5}.line{stroke:#8c959f}.stripe{stroke:#8250df;stroke-width:2}
.green{fill:#2da44e}.reminder{fill:#54aeff}.yellow{fill:#d4a72c}.red{fill:#cf222e}.none{fill:#eaeef2}
.later{opacity:.35}.on{fill:#fff;font-weight:600}.on-none{fill:#656d76}.paper{fill:#fff}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.faint{fill:#9198a1}.day{fill:#0d1117;stroke:#3d444d}
.off{fill:#212830;stroke:#3d444d}.counted{fill:#0c2d6b;stroke:#388bfd}.start{fill:#0d1117;stroke:#e6edf3}
.due{stroke:#ff7b72}.none{fill:#212830}.paper{fill:#0d1117}.on{fill:#0d1117}.on-none{fill:#9198a1}}
"""
STRIPES = """\
<defs><pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<line class="stripe" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>"""
WORDS: dict[str, dict[Language, str]] = {
    "acceptance": {"en": "acceptance", "zh": "受理时限"},
    "promise": {"en": "promise", "zh": "承诺时限"},
    "statutory": {"en": "statutory", "zh": "法定时限"},
    "light": {"en": "light at closing", "zh": "下班时的灯"},
    "received": {"en": "received", "zh": "收件"},
    "accepted": {"en": "accepted", "zh": "受理"},
    "suspended": {"en": "suspended", "zh": "停钟"},
    "resumed": {"en": "resumed", "zh": "恢复"},
    "decided": {"en": "decided", "zh": "办结"},
    "counted": {"en": "counted", "zh": "计入"},
    "off": {"en": "no working day", "zh": "非工作日"},
    "covered": {"en": "suspended", "zh": "停钟"},
    "start": {"en": "start day", "zh": "起始日"},
    "due": {"en": "due at closing", "zh": "当日下班到期"},
    "later": {"en": "after its end", "zh": "已停止之后"},
    "breached": {"en": "breached", "zh": "已超期"},
    "met": {"en": "met", "zh": "按时"},
    "running": {"en": "running", "zh": "进行中"},
    "standing": {"en": "standing", "zh": "停钟中"},
}
LIGHT_SIGNS: dict[str, dict[Language, str]] = {
    "none": {"en": "–", "zh": "–"},
    "green": {"en": "G", "zh": "绿"},
    "reminder": {"en": "!", "zh": "预"},
    "yellow": {"en": "Y", "zh": "黄"},
    "red": {"en": "R", "zh": "红"},
}
LEGEND = (
    ("counted", "counted"), ("off", "off"), ("start", "start"), ("suspended", "covered"), ("due", "due"),
    ("counted later", "later"),
)  # fmt: skip
WEEKDAYS: dict[Language, str] = {"en": "MTWTFSS", "zh": "一二三四五六日"}


@dataclass(frozen=True)
class Scene:
    """A case as told in `cases.json`, and how to judge it at any moment."""

    told: dict[str, Any]

    @property
    def days(self) -> list[date]:
        """The days drawn, first to last."""
        first, last = (date.fromisoformat(self.told[end]) for end in ("from", "until"))
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def judge_at(self, moment: str) -> Judgement | None:
        """The judge's verdict at a local time."""
        calendar = national_calendar()
        events = [
            event_of({"source": "hall", "event_id": str(n), "case_no": "1", "item": "item", **event}, calendar.zone)
            for n, event in enumerate(self.told["events"])
        ]
        rules = Rules(read_items([{"item": "item", **self.told["item"]}]), calendar, Policy())
        return judge(events, rules, calendar.zone.parse(moment))


_ENDINGS: dict[Language, str] = {"en": "svg", "zh": "zh.svg"}


def picture_pages() -> dict[Path, Callable[[], str]]:
    """Every picture, with what draws it."""
    pages: dict[Path, Callable[[], str]] = {}
    for name, told in json.loads(CASES.read_text("utf-8")).items():
        for language, ending in _ENDINGS.items():
            pages[FOLDER / f"{name}.{ending}"] = _drawer(Scene(told), language)
    return pages


def _drawer(scene: Scene, language: Language) -> Callable[[], str]:
    return lambda: draw(scene, language)


def draw(scene: Scene, language: Language) -> str:
    """The picture of a case as SVG, readable on light and on dark paper."""
    case = scene.judge_at(scene.told["as_of"])
    assert case is not None
    clocks = [clock for name in scene.told["clocks"] if (clock := case.clock(name)) is not None]
    width = LEFT + DAY * len(scene.days) + 150
    height = TOP + 26 + ROW * (len(clocks) + 1) + 34
    title = escape(scene.told["title"][language])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">',
        f"<style>{STYLE}</style>",
        STRIPES,
        f'<rect class="paper" width="{width}" height="{height}"/><text class="title" x="8" y="20">{title}</text>',
        *_draw_dates(scene, language),
        *_draw_events(scene, language),
    ]
    for row, clock in enumerate(clocks):
        parts += _draw_clock(case, clock, scene, TOP + 26 + ROW * row, language)
    parts += _draw_lights(scene, TOP + 26 + ROW * len(clocks), language)
    parts += _draw_legend(height - 14, language)
    return "\n".join([*parts, "</svg>\n"])


def _x(scene: Scene, day: date) -> int:
    return LEFT + DAY * (day - scene.days[0]).days


def _draw_dates(scene: Scene, language: Language) -> Iterator[str]:
    for day in scene.days:
        middle = _x(scene, day) + DAY // 2
        if day == scene.days[0] or day.day == 1:
            yield _text(_x(scene, day), 40, f"{day:%Y-%m}", "small faint", anchor="start")
        yield _text(middle, 54, WEEKDAYS[language][day.weekday()], "small faint")
        yield _text(middle, 68, str(day.day), "small")


def _draw_events(scene: Scene, language: Language) -> Iterator[str]:
    for event in scene.told["events"]:
        day = date.fromisoformat(event["occurred_at"][:10])
        yield _text(_x(scene, day) + 2, TOP + 20, f"▾{WORDS[event['kind']][language]}", "small", anchor="start")


def _draw_clock(case: Judgement, clock: Clock, scene: Scene, y: int, language: Language) -> Iterator[str]:
    yield _text(8, y + 17, f"{WORDS[clock.name][language]} {clock.total:g}", anchor="start")
    ended_on = clock.meter.calendar.zone.day(clock.end)
    for explained in explain_clock(case, clock):
        day = date_of(explained.day)
        if not scene.days[0] <= day <= scene.days[-1]:
            continue
        x = _x(scene, day)
        later = " later" if explained.day > ended_on else ""
        kind = _class_of(explained) + later
        yield f'<rect class="{kind}" x="{x + 1}" y="{y + 2}" width="{DAY - 2}" height="22" rx="3"/>'
        if explained.number is not None:
            yield _text(x + DAY // 2, y + 17, f"{explained.number:g}", later.strip())
        if explained.due_day:
            yield f'<rect class="due" x="{x}" y="{y + 1}" width="{DAY}" height="24" rx="4"/>'
    if clock.due_at is not None:
        due = clock.meter.calendar.zone.text(clock.due_at)
        told = f"{due[5:10]} {due[11:16]} · {WORDS[clock.state.value][language]}"
        yield _text(LEFT + DAY * len(scene.days) + 8, y + 17, told, "small", anchor="start")


def _class_of(explained: ExplainedDay) -> str:
    if explained.suspended:
        return "suspended"
    if explained.counted:
        return "counted"
    if explained.start_day:
        return "start"
    return "off" if explained.kind in (DayKind.WEEKEND, DayKind.HOLIDAY) else "day"


def _draw_lights(scene: Scene, y: int, language: Language) -> Iterator[str]:
    yield _text(8, y + 17, WORDS["light"][language], anchor="start")
    for day in scene.days:
        case = scene.judge_at(f"{day}T17:00:00.000001")
        if case is not None:
            x = _x(scene, day)
            yield f'<rect class="{case.light}" x="{x + 3}" y="{y + 3}" width="{DAY - 6}" height="20" rx="10"/>'
            yield _text(x + DAY // 2, y + 17, LIGHT_SIGNS[case.light][language], f"small on on-{case.light}")


def _draw_legend(y: int, language: Language) -> Iterator[str]:
    x = LEFT
    for shape, word in LEGEND:
        yield f'<rect class="{shape}" x="{x}" y="{y - 10}" width="14" height="12" rx="2"/>'
        yield _text(x + 19, y, WORDS[word][language], "small", anchor="start")
        x += 98


def _text(x: int, y: int, told: str, kind: str = "", anchor: str = "middle") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x}" y="{y}" text-anchor="{anchor}">{escape(told)}</text>'
