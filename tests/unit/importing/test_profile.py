"""A profile says clearly what is wrong with it, and the shipped ones are right."""

from datetime import date
from pathlib import Path

import holidays
import pytest

from monitor.domain.calendars import WorkingCalendar, calendar_content
from monitor.domain.instants import day_of
from monitor.domain.items import Counting, Unit
from monitor.intake.importing.personal import MissingKey, Pseudonyms
from monitor.intake.importing.profile import HallPlan
from monitor.intake.importing.profile_file import load_profile, read_profile, shipped_profiles
from monitor.intake.importing.profile_part import ProfileError

GOOD = """
layout = "csv"
title = "a table"
zone = "Europe/London"

[fields]
case_no = "id"

[[event]]
kind = "received"
at = "open"
"""
HALL = (
    GOOD
    + """
[source]
code = "s"

[hall]
code = "h"
department = [{ code = "d" }]

[hall.calendar]
notice = "none"
"""
)


def problems(text: str) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        read_profile(text, "mine")
    return caught.value.problems


@pytest.mark.parametrize("name", shipped_profiles())
def test_every_shipped_profile_can_be_used(name: str) -> None:
    profile = load_profile(name)
    assert profile.title
    assert profile.rules or profile.case_rules


def test_a_profile_of_one_s_own_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_profile(str(path)).name == "mine"


def test_an_unknown_profile_is_told_with_those_there_are() -> None:
    with pytest.raises(ProfileError, match=r"use one of boston311, bpi2015, events, .*receipt, or the path"):
        load_profile("bosten")


def test_no_toml_is_told_with_its_line() -> None:
    assert "no valid TOML" in problems("layout = ")[0]
    assert "at line 2" in problems("title = 'a'\nlayout = cvs\n")[0]


def test_everything_that_is_wrong_is_told_at_once_with_its_place_and_what_to_do() -> None:
    text = """
layout = "cvs"
zone = "Europe/Nowhere"
delimeter = ";"

[fields]
case_no = "id"

[[event]]
kind = "recieved"
at = { column = "open", value = "2015-01-01" }

[[event]]
kind = "step_finished"
days = { column = "d", formt = "x" }
"""
    found = problems(text)
    for said in (
        "layout: is 'cvs': did you mean csv? use one of xes, csv, ndjson",
        "zone: unknown time zone 'Europe/Nowhere': use an IANA name",
        "delimeter: is no key of this table: did you mean delimiter?",
        "title: is missing",
        "event[1].kind: is 'recieved': did you mean received?",
        "event[1].at: give exactly one of `column`, `case` and `value`",
        "event[2].at: is missing: give it here or in the table `fields`",
        "event[2].step: is missing: a step needs its name",
        "event[2].days.formt: is no key of this table: did you mean format?",
    ):
        assert any(problem.startswith(said) for problem in found), (said, found)


@pytest.mark.parametrize(
    ("addition", "said"),
    [
        ('[[case_event]]\nkind = "received"\nat = { case = "x" }\n', "case_event: only XES logs have cases"),
        ('[[event]]\nkind = "received"\nat = { case = "x" }\n', "event[2].at.case: only XES logs"),
        ('[[event]]\nactivity = "a"\nkind = "received"\nat = "x"\n', "event[2].activity: the profile does not say"),
        ('[[event]]\nkind = "received"\nat = "x"\nwhen_case = { a = "b" }\n', "event[2].when_case: only XES"),
        ('[[event]]\nkind = "received"\nat = "x"\nwhen = { a = 3 }\n', "event[2].when.a: give a text, a list"),
        ('[[event]]\nkind = "received"\nat = "x"\nunless_case_has = "a"\n', "event[2].unless_case_has: it needs"),
        ('[[event]]\nkind = "received"\nat = { column = "x", format = "%Q" }\n', "event[2].at.format: is '%Q'"),
        (
            '[[event]]\nkind = "received"\nat = "x"\nitem = { column = "a", format = "%d" }\n',
            "event[2].item.format: only",
        ),
        (
            '[[event]]\nkind = "received"\nat = "x"\nitem = { column = "a", map = { b = 1 } }\n',
            "event[2].item.map: give",
        ),
        ('[[event]]\nkind = "received"\nat = "x"\nitem = true\n', "event[2].item: is True: give a column's name"),
        (
            '[[event]]\nkind = "received"\nat = "x"\noptional = "yes"\n',
            "event[2].optional: is 'yes': give true or false",
        ),
        ('[hall]\ncode = "h"\ndepartment = [{ code = "d" }]\n[hall.calendar]\nnotice = "n"\n', "source: is missing"),
    ],
)
def test_a_wrong_rule_is_told_with_its_place(addition: str, said: str) -> None:
    assert any(problem.startswith(said) for problem in problems(GOOD + addition)), problems(GOOD + addition)


@pytest.mark.parametrize(
    ("addition", "said"),
    [
        ('[[hall.item]]\ncode = "i"\ndepartment = "x"\n', "hall.item[1].department: x is not among"),
        ('[[hall.item]]\ncode = "i"\ndepartment = "d"\nunit = "weeks"\n', "hall.item[1]: Invalid enum value 'weeks'"),
        ('[[hall.item]]\ncode = "i"\ndepartment = "d"\npromised = -1\n', "hall.item[1].promised: is -1: a limit is"),
        ('[[hall.item]]\ncode = "i"\ndepartment = "d"\npromissed = 3\n', "hall.item[1].promissed: is no key"),
        ('[hall.policy]\ndeemed_acceptance = "no"\n', "hall.policy: Expected `bool`"),
        ("[hall.policy]\ndeemed = true\n", "hall.policy.deemed: is no key"),
        ('[hall.calendar.holidays]\n2015-01-01 = "New Year"\n', "hall.calendar.holidays.2015-01-01: no date of one of"),
    ],
)
def test_a_wrong_rule_of_a_hall_is_told_with_its_place(addition: str, said: str) -> None:
    assert any(problem.startswith(said) for problem in problems(HALL + addition)), problems(HALL + addition)


def test_a_calendar_whose_hours_are_the_wrong_way_round_is_told() -> None:
    text = HALL.replace('notice = "none"', 'notice = "none"\nopening = "25:00"')
    assert any("hall.calendar: `opening` is '25:00'" in problem for problem in problems(text))


def hall(name: str) -> HallPlan:
    plan = load_profile(name).hall
    assert plan is not None
    return plan


def working_calendar(name: str) -> WorkingCalendar:
    return WorkingCalendar(calendar_content([hall(name).calendar]))


@pytest.mark.parametrize("name", ["receipt", "bpi2015"])
def test_dutch_holidays_are_those_of_the_public_calendar(name: str) -> None:
    calendar = working_calendar(name)
    years = sorted(calendar.content.published_years)
    known = holidays.country_holidays("NL", years=years, categories=("public", "optional"))
    days = [
        date.fromordinal(day) for day in range(date(years[0], 1, 1).toordinal(), date(years[-1] + 1, 1, 1).toordinal())
    ]
    assert [day for day in days if calendar.is_working(day_of(day)) != (day.weekday() < 5 and day not in known)] == []


def test_boston_s_holidays_are_those_of_the_city() -> None:
    calendar = working_calendar("boston311")
    told = ["01-01", "01-19", "02-16", "04-20", "05-25", "09-07", "10-12", "11-11", "11-26", "12-25"]
    for day in range(day_of(date(2015, 1, 1)), day_of(date(2016, 1, 31))):
        local = date(1970, 1, 1).fromordinal(date(1970, 1, 1).toordinal() + day)
        off = local.strftime("%m-%d") in (told if local.year == 2015 else ["01-01", "01-18"])
        assert calendar.is_working(day) == (local.weekday() < 5 and not off), local


def test_english_bank_holidays_are_those_of_the_public_calendar() -> None:
    calendar = working_calendar("london_planning")
    known = holidays.country_holidays("GB", subdiv="ENG", years=[2020, 2021])
    days = [date.fromordinal(day) for day in range(date(2020, 1, 1).toordinal(), date(2022, 1, 1).toordinal())]
    assert [day for day in days if calendar.is_working(day_of(day)) != (day.weekday() < 5 and day not in known)] == []


def test_the_receipt_log_is_judged_by_eight_weeks_at_the_clock_time_of_the_start() -> None:
    for item in hall("receipt").items:
        version = item.version
        assert (version.promised, version.statutory, version.unit) == (56, 56, Unit.CALENDAR_DAYS)
        assert (version.counting, version.roll) == (Counting.CLOCK, False)


def test_every_item_of_a_shipped_hall_names_a_department_of_it() -> None:
    for name in shipped_profiles():
        plan = load_profile(name).hall
        if plan is not None:
            codes = {department.code for department in plan.departments}
            assert {item.version.department for item in plan.items} <= codes
            assert {window.department for window in plan.windows} <= codes


@pytest.mark.parametrize("key", [None, "too short"])
def test_hiding_names_needs_a_key_of_some_length(key: str | None) -> None:
    with pytest.raises(MissingKey, match="set ESUPERVISION_PERSONAL_KEY to a secret of at least 16"):
        Pseudonyms(key, None).of("李四")


def test_the_profile_s_salt_serves_where_there_is_no_key_and_the_key_goes_first() -> None:
    salted = Pseudonyms(None, "a salt of sufficient length").of("李四")
    keyed = Pseudonyms("a key of sufficient length", "a salt of sufficient length").of("李四")
    assert salted != keyed
    assert len(keyed) == 32
