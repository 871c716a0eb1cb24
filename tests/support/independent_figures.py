"""Figures of three real logs computed straight from their files, in plain code of its own: nothing of the product.

It knows only what the profiles' comments say about the meaning of columns and activities, and the time rules. Days are
walked one by one. Run it by hand: `python tests/support/independent_figures.py bpi2015 FILE 2016-01-01T00:00+01:00`.
"""

import csv
import gzip
import json
import math
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
FOREVER = date(9999, 12, 31)


@dataclass
class Figures:
    """Cases counted, and numerator and denominator of each rate."""

    cases: int = 0
    received: int = 0
    accepted: int = 0
    decided: int = 0
    promise_stopped: int = 0
    promise_met: int = 0
    promise_early: int = 0
    promise_breached_running: int = 0
    speedup_cases: int = 0
    used_days: float = 0
    statutory_days: float = 0

    def rates(self) -> dict[str, tuple[float, float]]:
        """Numerator and denominator by the name of the figure; `speedup_actual` is 1 − the one ÷ the other."""
        breached = self.promise_stopped - self.promise_met
        running = self.promise_breached_running
        return {
            "on_time_rate": (self.promise_met, self.promise_stopped),
            "early_rate": (self.promise_early, self.promise_stopped),
            "overdue_rate": (breached + running, self.promise_stopped + running),
            "speedup_actual": (self.used_days, self.statutory_days),
        }


@dataclass
class Trace:
    """A case of an XES log: its attributes, and those of its events."""

    attributes: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, str]] = field(default_factory=list)


def read_traces(path: Path) -> Iterator[Trace]:
    """Traces of a gzipped XES log."""
    with gzip.open(path) as file:
        for _, element in ElementTree.iterparse(file):
            if _name(element) == "trace":
                trace = Trace()
                for child in element:
                    if _name(child) == "event":
                        trace.events.append({each.get("key", ""): each.get("value", "") for each in child})
                    else:
                        trace.attributes[child.get("key", "")] = child.get("value", "")
                yield trace
                element.clear()


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def instant(text: str, zone: ZoneInfo) -> datetime:
    """The moment a text means, in UTC, so that comparing is comparing instants."""
    moment = datetime.fromisoformat(text)
    return (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)


def count_clock(
    figures: Figures, due: datetime | None, used: Callable[[date], float], limit: float, stop: datetime | None,
    end: datetime, still_open: bool, zone: ZoneInfo,
) -> None:  # fmt: skip
    """Put one promise clock into the sums."""
    breached = due is not None and end > due
    if stop is not None:
        figures.promise_stopped += 1
        figures.promise_met += not breached
        figures.promise_early += not breached and used(end.astimezone(zone).date()) < limit
    elif still_open:
        figures.promise_breached_running += breached


# -- receipt log: 56 calendar days at the clock time of the start ------------------------------------------------------

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def receipt_due(start: datetime) -> datetime:
    """Eight weeks later, when clocks in Amsterdam show the same time; in UTC."""
    local = start.astimezone(AMSTERDAM).replace(tzinfo=None) + timedelta(days=56)
    return local.replace(tzinfo=AMSTERDAM).astimezone(UTC)


def receipt_figures(path: Path, as_of: datetime) -> Figures:
    """Figures of the receipt log: received and accepted at `startdate`, decided at `enddate`."""
    figures = Figures()
    for trace in read_traces(path):
        start = instant(trace.attributes["startdate"], AMSTERDAM)
        ended = trace.attributes.get("enddate")
        decided = None if ended is None else instant(ended, AMSTERDAM)
        figures.cases += 1
        figures.received += 1
        figures.accepted += 1
        figures.decided += decided is not None
        if decided is not None and decided < start:
            continue  # decided before it was accepted: the clock is void
        first = start.astimezone(AMSTERDAM).date()

        def used(until: date, first: date = first) -> float:
            return (until - first).days

        end = decided or as_of
        count_clock(figures, receipt_due(start), used, 56, decided, end, decided is None, AMSTERDAM)
    return figures


# -- Boston: 3 or 5 working days at the clock time of opening ----------------------------------------------------------

NEW_YORK = ZoneInfo("America/New_York")
BOSTON_LIMITS = {"Building Inspection Request": 3, "Electrical": 5}
BOSTON_HOLIDAYS = {
    *(date(2015, *day) for day in ((1, 1), (1, 19), (2, 16), (4, 20), (5, 25), (9, 7), (10, 12), (11, 11), (11, 26))),
    *(date(2015, 12, 25), date(2016, 1, 1), date(2016, 1, 18)),
}


def boston_works(day: date) -> bool:
    """Whether Boston's offices are open."""
    return day.weekday() < 5 and day not in BOSTON_HOLIDAYS


def boston_due(opened: datetime, limit: int) -> tuple[datetime, date]:
    """Due time in UTC, and the day that counting starts after."""
    local = opened.astimezone(NEW_YORK).replace(tzinfo=None)
    if not boston_works(local.date()) or local.time() >= time(17):
        day = local.date() + ONE_DAY
        while not boston_works(day):
            day += ONE_DAY
        local = datetime.combine(day, time(8, 30))
    elif local.time() < time(8, 30):
        local = datetime.combine(local.date(), time(8, 30))
    day, left = local.date(), limit
    while left:
        day += ONE_DAY
        left -= boston_works(day)
    return datetime.combine(day, local.time(), NEW_YORK).astimezone(UTC), local.date()


def boston_figures(path: Path, as_of: datetime) -> Figures:
    """Figures of the Boston log: received and accepted at OPEN_DT, decided at CLOSED_DT."""
    figures = Figures()
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            opened, limit = instant(row["OPEN_DT"], NEW_YORK), BOSTON_LIMITS[row["TYPE"]]
            closed = instant(row["CLOSED_DT"], NEW_YORK) if row["CLOSED_DT"] else None
            figures.cases += 1
            figures.received += 1
            figures.accepted += 1
            figures.decided += closed is not None
            due, first = boston_due(opened, limit)

            def used(until: date, first: date = first) -> float:
                return sum(boston_works(first + n * ONE_DAY) for n in range(1, (until - first).days + 1))

            count_clock(figures, due, used, limit, closed, closed or as_of, closed is None, NEW_YORK)
            if closed is not None:
                figures.speedup_cases += 1
                figures.used_days += used(closed.astimezone(NEW_YORK).date())
                figures.statutory_days += limit
    return figures


# -- BPI 2015: 56 or 182 calendar days, suspensions, extensions --------------------------------------------------------

ORDER = (
    "received corrections_requested corrections_supplied refused accepted suspended resumed extended decided withdrawn"
)
RANK = {kind: rank for rank, kind in enumerate(ORDER.split())}
DECIDED, OLD_DECIDED = "phase decision taken", "register date environmental permit decision"
LEFT_UNTREATED = "enter date decision permanent suspension"


@dataclass
class Happening:
    """Something that moves a clock."""

    at: datetime
    kind: str
    days: float | None = None


@dataclass
class Pause:
    """A suspension: the days after `first` up to the sooner of `planned` and `resumed` do not count."""

    first: date
    planned: date | None
    resumed: date | None = None

    def covers(self, day: date) -> bool:
        return self.first < day <= min(self.planned or FOREVER, self.resumed or FOREVER)

    def runs_at(self, day: date) -> bool:
        return self.resumed is None and (self.planned is None or day <= self.planned)


def easter(year: int) -> date:
    """Western Easter Sunday (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    ell = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * ell) // 451
    month, day = divmod(h + ell - 7 * m + 114, 31)
    return date(year, month, day + 1)


def dutch_works(day: date) -> bool:
    """Whether a day is a working day by the Dutch Algemene termijnenwet; beyond 2015 only the fixed holidays are."""
    year, sunday = day.year, easter(day.year)
    king = date(year, 4, 30) if year < 2014 else date(year, 4, 27)
    if king.weekday() == 6 and year <= 2015:
        king -= ONE_DAY
    feasts = {date(year, 1, 1), king, date(year, 5, 5), date(year, 12, 25), date(year, 12, 26)}
    if year <= 2015:
        feasts |= {sunday + timedelta(days=offset) for offset in (-2, 1, 39, 50)}
    return day.weekday() < 5 and day not in feasts


def bpi_happenings(trace: Trace) -> list[Happening]:
    """What the profile's comments take from the rows of a case."""
    answers: dict[str, str] = {}
    for row in trace.events:
        if row["question"] not in ("", "EMPTY", "UNKNOWN"):
            answers.setdefault(row["activityNameEN"], row["question"])
        else:
            answers.setdefault(row["activityNameEN"], "")
    found = []
    for row in trace.events:
        name, answer = row["activityNameEN"], row["question"]
        at = instant(row["time:timestamp"], AMSTERDAM)

        def happens(kind: str, days: str | None = None, at: datetime = at) -> None:
            found.append(Happening(at, kind, float(days) if days else None))

        if name == "register submission date request":
            happens("received")
            happens("accepted")
        elif name == "term for supplying missing data" and answer != "0":
            happens("suspended", answer)
        elif name in ("enter receipt of additional data", "continuation term to decision"):
            happens("resumed")
        elif name == "suspend term" and answer == "True":
            happens("suspended", answers.get("register suspension by competent authority"))
        elif name == "extend procedure term" and answer == "True":
            happens("extended", answers.get("register number of days extension period") or "42")
        elif name == "terminate on request" and answer == "True":
            happens("withdrawn")
        elif name == DECIDED or (name == OLD_DECIDED and DECIDED not in answers):
            happens("decided")
        elif name == LEFT_UNTREATED and DECIDED not in answers and OLD_DECIDED not in answers:
            happens("refused")
    return found


@dataclass
class BpiCase:
    """What is left of a case once its happenings are put in order."""

    accepted: datetime | None = None
    decided: datetime | None = None
    ended: datetime | None = None
    pauses: list[Pause] = field(default_factory=list)
    extensions: list[Happening] = field(default_factory=list)


def bpi_case(happenings: list[Happening]) -> BpiCase:
    """Walk the happenings in legal order."""
    case, waiting = BpiCase(), sorted(happenings, key=lambda each: (each.at, RANK[each.kind]))
    while waiting:
        here = [each for each in waiting if each.at == waiting[0].at]
        day = here[0].at.astimezone(AMSTERDAM).date()
        runs = bool(case.pauses) and case.pauses[-1].runs_at(day)
        answers = [each for each in here if each.kind == "resumed"] if runs else []
        event = (answers or here)[0]
        waiting.remove(event)
        over = case.decided is not None or case.ended is not None
        if event.kind == "withdrawn":
            case.ended = case.ended or event.at
            break
        if event.kind == "accepted":
            case.accepted = case.accepted or event.at
        elif event.kind == "suspended" and not over and not runs:
            case.pauses.append(Pause(day, planned_end(day, event.days)))
        elif event.kind == "resumed" and not over and case.pauses and case.pauses[-1].resumed is None:
            case.pauses[-1].resumed = day
        elif event.kind == "extended":
            case.extensions.append(event)
        elif event.kind == "decided":
            case.decided = case.decided or event.at
        elif event.kind == "refused" and case.accepted is not None and case.decided is None:
            case.ended = case.ended or event.at
    close_pause(case)
    return case


def close_pause(case: BpiCase) -> None:
    """A suspension that nobody ended ends with the case."""
    ends = [moment for moment in (case.decided, case.ended) if moment is not None]
    if ends and case.pauses and case.pauses[-1].resumed is None:
        case.pauses[-1].resumed = min(ends).astimezone(AMSTERDAM).date()


def planned_end(first: date, calendar_days: float | None) -> date | None:
    """The working day on which a planned suspension is over: calendar days are planned, five working days a week."""
    if not calendar_days:
        return None
    day, left = first, math.ceil(calendar_days * 5 / 7)
    while left:
        day += ONE_DAY
        left -= dutch_works(day)
    return day


def bpi_due(first: date, limit: float, pauses: list[Pause], roll: bool) -> datetime | None:
    """23:59 of the day on which the limit is used up; None when a suspension without end keeps it from that."""
    day, used = first, 0.0
    while used < limit:
        day += ONE_DAY
        if day.year > 2100:
            return None
        used += not any(pause.covers(day) for pause in pauses)
    while roll and not dutch_works(day):
        day += ONE_DAY
    return datetime.combine(day, time(23, 59), AMSTERDAM).astimezone(UTC)


def bpi_figures(path: Path, as_of: datetime) -> Figures:
    """Figures of a BPI 2015 log."""
    figures = Figures()
    for trace in read_traces(path):
        happenings = [each for each in bpi_happenings(trace) if each.at <= as_of]
        case = bpi_case(happenings)
        figures.cases += 1
        figures.received += any(each.kind == "received" for each in happenings)
        figures.accepted += case.accepted is not None
        figures.decided += case.decided is not None
        if case.accepted is None or (case.decided is not None and case.decided < case.accepted):
            continue
        extended = trace.attributes.get("caseProcedure") == "Uitgebreid"
        _count_bpi_clock(figures, case, 182 if extended else 56, not extended, as_of)
    return figures


def _count_bpi_clock(figures: Figures, case: BpiCase, limit: float, roll: bool, as_of: datetime) -> None:
    assert case.accepted is not None
    first = case.accepted.astimezone(AMSTERDAM).date()
    stop = case.decided if case.ended is None or (case.decided and case.decided <= case.ended) else None
    end = stop or case.ended or as_of
    due = bpi_due(first, limit, case.pauses, roll)
    for extension in case.extensions:
        if case.accepted <= extension.at < end and (due is None or extension.at <= due):
            limit += extension.days or 0
            due = bpi_due(first, limit, case.pauses, roll)
            break

    def used(until: date) -> float:
        days = (first + n * ONE_DAY for n in range(1, (until - first).days + 1))
        return sum(not any(pause.covers(day) for pause in case.pauses) for day in days)

    count_clock(figures, due, used, limit, stop, end, stop is None and case.ended is None, AMSTERDAM)


FIGURES: dict[str, Callable[[Path, datetime], Figures]] = {
    "receipt": receipt_figures,
    "bpi2015": bpi_figures,
    "boston311": boston_figures,
}

LOGS = {
    "receipt": ("receipt.xes.gz", "2012-02-01T00:00+01:00"),
    "bpi2015": ("BPIC15_2.xes.gz", "2015-06-01T00:00+02:00"),
    "boston311": ("boston311_2015_dev.csv.gz", "2016-01-13T00:00-05:00"),
}
"""File of each log, and a moment after its last event: the present it is judged at."""

if __name__ == "__main__":
    computed = FIGURES[sys.argv[1]](Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3]))
    sys.stdout.write(json.dumps({**computed.__dict__, **computed.rates()}, indent=1) + "\n")
