"""What time alone will do next to a case, in words."""

from __future__ import annotations

from typing import assert_never

from monitor.api.model_base import Name
from monitor.domain.schedule import Change, ComingChange

_CLOCKS = {
    "acceptance": ("受理时限", "acceptance limit"),
    "promise": ("承诺时限", "promised limit"),
    "statutory": ("法定时限", "statutory limit"),
    "delivery": ("送达时限", "delivery limit"),
    "suspension": ("特别程序", "suspension"),
}
_CARDS = {"statutory": ("发红牌和督办单", "red card with a supervision order")}
_YELLOW = ("发黄牌", "yellow card")


def words_of_change(change: ComingChange) -> Name:
    """One sentence on a coming change."""
    zh, en = words_of_clock(change.clock or "")
    match change.what:
        case Change.EVENT:
            return Name(zh="已报送的事件生效", en="an event already sent takes effect")
        case Change.REMINDER:
            return Name(zh=f"{zh}将至：发预警", en=f"{en} comes near: reminder")
        case Change.DUE_DAY:
            return Name(zh=f"{zh}到期日：发预警", en=f"{en} falls due that day: reminder")
        case Change.BREACH:
            card_zh, card_en = _CARDS.get(change.clock or "", _YELLOW)
            return Name(zh=f"{zh}届满，未了结则{card_zh}", en=f"{en} runs out: {card_en} unless it is done")
        case Change.SUSPENSION_ENDS:
            return Name(zh=f"{zh}计划期满，恢复计时", en=f"planned end of the {en}: the clock runs again")
        case Change.ITEM_VERSION:
            return Name(zh="事项新版本生效", en="a new version of the item comes into force")
        case _:
            assert_never(change.what)


def words_of_clock(name: str) -> tuple[str, str]:
    """What a clock is called: `step:审查:2` is the second run of a step."""
    kind, _, rest = name.partition(":")
    if kind == "step":
        return f"环节“{rest}”时限", f"limit of step {rest}"
    zh, en = _CLOCKS.get(kind, (name, name))
    return (f"{zh}（第 {rest} 次）", f"{en} ({rest})") if rest else (zh, en)
