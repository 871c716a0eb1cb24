"""The terminal's words in both languages; lights are word, shape and colour."""

from __future__ import annotations

from typing import Literal, NamedTuple

Language = Literal["zh", "en"]


class Mark(NamedTuple):
    """How a light is shown."""

    shape: str
    colour: str
    zh: str
    en: str


MARKS = {
    "red": Mark("■", "bold red", "红牌", "red"),
    "yellow": Mark("▲", "yellow", "黄牌", "yellow"),
    "reminder": Mark("◆", "bright_blue", "预警", "reminder"),
    "green": Mark("●", "green", "正常", "green"),
    "unknown": Mark("○", "bright_black", "不明", "unknown"),
    "none": Mark("·", "bright_black", "无", "none"),
}

WORDS: dict[str, tuple[str, str]] = {
    "demo": ("演示数据", "demo data"),
    "sources": ("数据正常 {n}/{of}", "sources current {n}/{of}"),
    "data_as_of": ("数据截至 {at}", "data as of {at}"),
    "no_data": ("尚无数据", "no data yet"),
    "live": ("已连接", "live"),
    "lost": ("连接中断，数据停在 {at}：{why}", "connection lost, data stands at {at}: {why}"),
    "connecting": ("正在连接 {url}", "connecting to {url}"),
    "working_day": ("工作日", "working day"),
    "weekend": ("周末", "weekend"),
    "holiday": ("节假日", "holiday"),
    "make_up_workday": ("调休上班日", "make-up workday"),
    "accepted_today": ("今日受理", "accepted today"),
    "decided_today": ("今日办结", "decided today"),
    "open": ("在办", "open"),
    "due_today": ("今日到期", "due today"),
    "overdue_open": ("超期在办", "overdue"),
    "speedup": ("本月提速率", "speed-up, month"),
    "standing": ("停钟 {n}", "standing {n}"),
    "left": ("余 {n}", "{n} left"),
    "n": ("n={n}", "n={n}"),
    "departments": ("预警与超期部门", "departments that fail"),
    "department": ("部门", "department"),
    "all_well": ("各部门均正常", "every department is well"),
    "cards": ("牌警", "cards"),
    "no_cards": ("今日无牌警", "no cards yet"),
    "revoked": ("撤牌", "revoked"),
    "silent": (
        "{source} 失联，数据截至 {at}，暂缓发牌 {n} 张",
        "{source} is silent, data as of {at}, cards held: {n}",
    ),
    "silent_a_day": (
        "{source} 失联超过 1 个工作日，数据截至 {at}，照常发牌（按最后已知数据）",
        "{source} silent for over a working day, data as of {at}, cards by last known data",
    ),
    "outage": (
        "监察中断 {begun} 至 {ended}，期间到期 {n} 张牌，另有 {held} 张待来源恢复",
        "blind from {begun} to {ended}, cards that fell due: {n}, waiting for sources: {held}",
    ),
    "last_known_data": ("按最后已知数据", "by last known data"),
    "due_while_blind": ("中断期间到期", "due while blind"),
    "resync": ("重新取得全部数据（{why}）", "read everything anew ({why})"),
    "clock_acceptance": ("受理", "acceptance"),
    "clock_promise": ("承诺", "promise"),
    "clock_statutory": ("法定", "statutory"),
    "clock_delivery": ("送达", "delivery"),
    "clock_suspension": ("停钟", "suspension"),
    "clock_step": ("环节", "step"),
}


def say(key: str, language: Language, **values: object) -> str:
    """A phrase in a language."""
    return WORDS[key][language == "en"].format(**values)


def mark_word(light: str, language: Language) -> str:
    """The word for a light."""
    mark = MARKS[light]
    return mark.en if language == "en" else mark.zh


def clock_word(name: str, language: Language) -> str:
    """The word for a clock: `step:审查` is the step's own name."""
    kind, _, rest = name.partition(":")
    if kind == "step" and rest:
        return rest
    return say(f"clock_{kind}", language) if f"clock_{kind}" in WORDS else name
