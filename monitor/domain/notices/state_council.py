"""国务院办公厅关于部分节假日安排的通知, 2024 to 2026: rest days and make-up workdays as the notices name them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Holiday:
    """One holiday of a notice: its names, its rest days (first to last, inclusive) and its make-up workdays."""

    name_zh: str
    name_en: str
    first: date
    last: date
    make_up: tuple[date, ...] = ()

    def days(self) -> list[date]:
        """Every rest day from first to last."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True)
class Notice:
    """One year's notice and the day it was issued."""

    year: int
    published: date
    holidays: tuple[Holiday, ...]


def _holiday(zh: str, en: str, first: str, last: str, *make_up: str) -> Holiday:
    return Holiday(
        zh, en, date.fromisoformat(first), date.fromisoformat(last), tuple(date.fromisoformat(day) for day in make_up)
    )


NOTICES: dict[int, Notice] = {
    2024: Notice(
        2024,
        date(2023, 10, 25),
        (
            _holiday("元旦", "New Year's Day", "2024-01-01", "2024-01-01"),
            _holiday("春节", "Spring Festival", "2024-02-10", "2024-02-17", "2024-02-04", "2024-02-18"),
            _holiday("清明节", "Qingming", "2024-04-04", "2024-04-06", "2024-04-07"),
            _holiday("劳动节", "Labour Day", "2024-05-01", "2024-05-05", "2024-04-28", "2024-05-11"),
            _holiday("端午节", "Dragon Boat Festival", "2024-06-10", "2024-06-10"),
            _holiday("中秋节", "Mid-Autumn Festival", "2024-09-15", "2024-09-17", "2024-09-14"),
            _holiday("国庆节", "National Day", "2024-10-01", "2024-10-07", "2024-09-29", "2024-10-12"),
        ),
    ),
    2025: Notice(
        2025,
        date(2024, 11, 12),
        (
            _holiday("元旦", "New Year's Day", "2025-01-01", "2025-01-01"),
            _holiday("春节", "Spring Festival", "2025-01-28", "2025-02-04", "2025-01-26", "2025-02-08"),
            _holiday("清明节", "Qingming", "2025-04-04", "2025-04-06"),
            _holiday("劳动节", "Labour Day", "2025-05-01", "2025-05-05", "2025-04-27"),
            _holiday("端午节", "Dragon Boat Festival", "2025-05-31", "2025-06-02"),
            _holiday(
                "国庆节、中秋节", "National Day and Mid-Autumn", "2025-10-01", "2025-10-08", "2025-09-28", "2025-10-11"
            ),
        ),
    ),
    2026: Notice(
        2026,
        date(2025, 11, 4),
        (
            _holiday("元旦", "New Year's Day", "2026-01-01", "2026-01-03", "2026-01-04"),
            _holiday("春节", "Spring Festival", "2026-02-15", "2026-02-23", "2026-02-14", "2026-02-28"),
            _holiday("清明节", "Qingming", "2026-04-04", "2026-04-06"),
            _holiday("劳动节", "Labour Day", "2026-05-01", "2026-05-05", "2026-05-09"),
            _holiday("端午节", "Dragon Boat Festival", "2026-06-19", "2026-06-21"),
            _holiday("中秋节", "Mid-Autumn Festival", "2026-09-25", "2026-09-27"),
            _holiday("国庆节", "National Day", "2026-10-01", "2026-10-07", "2026-09-20", "2026-10-10"),
        ),
    ),
}

FIXED_HOLIDAYS: dict[str, tuple[str, str]] = {
    "01-01": ("元旦", "New Year's Day"),
    "05-01": ("劳动节", "Labour Day"),
    "05-02": ("劳动节", "Labour Day"),
    "10-01": ("国庆节", "National Day"),
    "10-02": ("国庆节", "National Day"),
    "10-03": ("国庆节", "National Day"),
}
"""Holidays fixed by date in 全国年节及纪念日放假办法 (2024 revision, in force 2025-01-01): known before any notice."""
