"""What each anomaly is called, in both languages, and the rule it rests on."""

from __future__ import annotations

from typing import NamedTuple

from monitor.api.model_base import Name


class FindingWords(NamedTuple):
    """Title in both languages; the article, or None where the record itself is at fault."""

    zh: str
    en: str
    article: str | None


FINDINGS: dict[str, FindingWords] = {
    "A01": FindingWords("受理超期", "Acceptance overdue", "行政许可法第32条"),
    "A02": FindingWords("受理时间晚于视为受理", "Accepted later than deemed accepted", "行政许可法第32条"),
    "A03": FindingWords("多次要求补正", "Corrections requested more than once", "行政许可法第32条"),
    "A04": FindingWords("环节超期", "Step overdue", None),
    "A05": FindingWords("超承诺时限", "Promise overdue", None),
    "A06": FindingWords("超法定时限", "Statutory limit overdue", "行政许可法第42条"),
    "A07": FindingWords("送达超期", "Delivery overdue", "行政许可法第44条"),
    "A08": FindingWords("特别程序（停钟）不规范", "Irregular suspension", "行政许可法第45条"),
    "A10": FindingWords("延期不规范", "Irregular extension", "行政许可法第42条"),
    "A11": FindingWords("一审一核不符", "One examines, another approves: not kept", "行政许可法第34条"),
    "A12": FindingWords("流程逆序或缺失", "Steps out of order or missing", None),
    "A13": FindingWords("补录", "Recorded late", None),
    "A14": FindingWords("受理、环节、办结同一时刻", "Accepted, processed and decided in one instant", None),
    "A15": FindingWords("作废后改时重报", "Voided and sent again with another time", None),
    "A17": FindingWords("改按即办件办结", "Relabelled as immediate", None),
    "A21": FindingWords("受理后时限变更", "Limits changed after acceptance", None),
    "A22": FindingWords("非办公时间办理", "Handled outside opening hours", None),
    "X01": FindingWords("事项未登记", "Unknown item", None),
    "X02": FindingWords("重复停钟", "Suspended while suspended", None),
    "X03": FindingWords("未停钟即恢复", "Resumed without suspension", None),
    "X04": FindingWords("重复事件", "Repeated event that counts once", None),
    "X05": FindingWords("作废对象不存在", "Void of nothing", None),
    "X06": FindingWords("撤回后仍有事件", "Event after withdrawal", None),
    "X07": FindingWords("未受理即办结", "Decided without acceptance", None),
    "X08": FindingWords("受理后不予许可", "Refused after acceptance", None),
    "X09": FindingWords("办结后停钟", "Suspended after the decision", None),
    "X10": FindingWords("告知期限与时限不符", "Claimed due time differs", None),
}


def title_of(code: str) -> Name:
    """The title of a finding; a code without words of its own is shown as it is."""
    words = FINDINGS.get(code)
    return Name(zh=code, en=code) if words is None else Name(zh=words.zh, en=words.en)


def article_of(code: str) -> str | None:
    """The rule a finding rests on."""
    words = FINDINGS.get(code)
    return None if words is None else words.article
