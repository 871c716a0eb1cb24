"""Draws the picture of a hall for a terminal, or as lines where no terminal reads."""

from __future__ import annotations

from typing import Any

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from monitor.commands.watch.notices import notice_lines, short_time
from monitor.commands.watch.picture import Picture
from monitor.commands.watch.words import MARKS, Language, clock_word, mark_word, say

DEPARTMENTS_SHOWN = 14
CARDS_SHOWN = 14
REMARKED = ("last_known_data", "due_while_blind")
"""Reasons for a card that say how far it can be relied on."""


def draw(picture: Picture, language: Language, lost: str | None, url: str) -> RenderableType:
    """Draw everything known; `lost` says why the connection is gone, None while it stands."""
    if not picture.is_known:
        said = (
            say("connecting", language, url=url) if lost is None else f"{say('connecting', language, url=url)}: {lost}"
        )
        return Text(said, style="bright_black" if lost is None else "yellow")
    beside = Table.grid(expand=True, padding=(0, 1))
    beside.add_column(ratio=1)
    beside.add_column(ratio=1)
    beside.add_row(_draw_departments(picture, language), _draw_cards(picture, language))
    notices = [Text(f"▲ {line}", style="yellow") for line in notice_lines(picture.board, language)]
    return Group(_draw_header(picture, language, lost), *notices, _draw_figures(picture, language), beside)


def _draw_header(picture: Picture, language: Language, lost: str | None) -> RenderableType:
    board = picture.board
    title = Text(board["hall"]["name"][language], style="bold")
    if board["hall"]["demo"]:
        title.append(f"  [{say('demo', language)}]", style="yellow")
    right = Text.assemble(_sources(board, language), "  ", _clock(picture, language))
    head = Table.grid(expand=True)
    head.add_column()
    head.add_column(justify="right")
    head.add_row(title, right)
    if lost is None:
        return head
    stands = say("lost", language, at=short_time(board["as_of"]), why=lost)
    return Group(head, Text(f"▲ {stands}", style="bold yellow"))


def _sources(board: dict[str, Any], language: Language) -> Text:
    current = sum(source["state"] == "current" for source in board["sources"])
    every = current == len(board["sources"]) and current > 0
    mark = MARKS["green" if every else "unknown"]
    said = say("sources", language, n=current, of=len(board["sources"]))
    known = board["data_as_of"]
    age = say("data_as_of", language, at=short_time(known)) if known else say("no_data", language)
    return Text.assemble((f"{mark.shape} {said}", mark.colour), "  ", (age, "bright_black"))


def _clock(picture: Picture, language: Language) -> Text:
    told = picture.board["case_time"]
    name = told["day_name"]
    day = name[language] if name else say(told["day_kind"], language)
    return Text(f"{picture.case_now():%m-%d %H:%M:%S} {day}", style="bold")


def _draw_figures(picture: Picture, language: Language) -> RenderableType:
    numbers = picture.board["numbers"]
    month = numbers["speedup_month"]
    share = "–" if month["value"] is None else f"{month['value'] * 100:.1f} %"
    shown = [
        ("accepted_today", f"{numbers['accepted_today']:,}", "", "white"),
        ("decided_today", f"{numbers['decided_today']:,}", "", "white"),
        ("open", f"{numbers['open']:,}", say("standing", language, n=numbers["standing"]), "white"),
        ("due_today", f"{numbers['due_today']:,}", say("left", language, n=numbers["due_today_open"]), "bright_blue"),
        ("overdue_open", f"{numbers['overdue_open']:,}", f"▲ {numbers['yellow_open']} ■ {numbers['red_open']}", "red"),
        ("speedup", share, say("n", language, n=f"{month['n']:,}"), "green"),
    ]
    panels = []
    for key, value, note, colour in shown:
        body = Text.assemble((value, f"bold {colour}"), "\n", (note or " ", "bright_black"))
        panels.append(Panel(body, title=say(key, language), title_align="left", border_style="bright_black", width=20))
    return Columns(panels)


def _draw_departments(picture: Picture, language: Language) -> RenderableType:
    failing = picture.failing_departments()
    table = Table(expand=True, box=None, pad_edge=False, header_style="bright_black")
    table.add_column(say("departments", language), ratio=1, no_wrap=True)
    for word in ("open", "reminder", "yellow", "red"):
        label = say("open", language) if word == "open" else MARKS[word].shape
        table.add_column(label, justify="right")
    for tile in failing[:DEPARTMENTS_SHOWN]:
        mark = MARKS[tile["light"]]
        counts = (str(tile[word] or "") for word in ("open", "reminder", "yellow", "red"))
        name = f"{mark.shape} {tile['name'][language]} ({mark_word(tile['light'], language)})"
        table.add_row(Text(name, style=mark.colour), *counts)
    if len(failing) > DEPARTMENTS_SHOWN:
        table.add_row(Text(f"… +{len(failing) - DEPARTMENTS_SHOWN}", style="bright_black"))
    if not failing:
        table.add_row(Text(say("all_well", language), style="green"))
    return table


def _draw_cards(picture: Picture, language: Language) -> RenderableType:
    today = picture.board["numbers"]["cards_today"]
    counts = " ".join(f"{MARKS[level].shape}{today.get(level, 0)}" for level in ("reminder", "yellow", "red"))
    table = Table(expand=True, box=None, pad_edge=False, header_style="bright_black", show_header=True)
    table.add_column(f"{say('cards', language)}  {counts}", no_wrap=True, ratio=1)
    for card in list(picture.cards)[:CARDS_SHOWN]:
        table.add_row(draw_card(card, picture, language))
    if not picture.cards:
        table.add_row(Text(say("no_cards", language), style="bright_black"))
    return table


def draw_card(card: dict[str, Any], picture: Picture, language: Language) -> Text:
    """One card on one line."""
    mark = MARKS[card["level"]]
    revoked = card["revoked_at"] is not None
    word = say("revoked", language) if revoked else mark_word(card["level"], language)
    item = card["item_name"][language] if card["item_name"] else (card["item"] or "")
    department = next(
        (tile["name"][language] for tile in picture.board["departments"] if tile["code"] == (card["department"] or "")),
        card["department"] or "",
    )
    at = card["revoked_at"] if revoked else card["issued_at"]
    return Text.assemble(
        (f"{short_time(at)} ", "bright_black"),
        (f"{'↺' if revoked else mark.shape} {word} ", "bright_black" if revoked else mark.colour),
        f"{department} {item} ",
        (f"{card['case_no']} {clock_word(card['clock'], language)}", "bright_black"),
        (f" · {say(card['reason'], language)}" if card["reason"] in REMARKED else "", "bright_black"),
    )


def board_line(picture: Picture, language: Language) -> str:
    """The header's numbers on one line."""
    numbers = picture.board["numbers"]
    keys = ("accepted_today", "decided_today", "open", "due_today", "overdue_open")
    shown = " · ".join(f"{say(key, language)} {numbers[key]:,}" for key in keys)
    return f"{short_time(picture.board['as_of'])} {picture.board['hall']['name'][language]} · {shown}"
