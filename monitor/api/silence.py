"""Silence over HTTP: the feed cards of sources, and the supervision's own outages, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from monitor.api.hall_reading import HallCode, Reading
from monitor.api.model_base import Model
from monitor.api.models import CardStep
from monitor.api.paging import pack_cursor, unpack_cursor
from monitor.api.problem_answers import problem_answers
from monitor.api.silence_models import FeedCard, Outage
from monitor.storage.outages import count_outages, read_outages
from monitor.storage.silence import count_feed_cards, describe_feed_card, read_feed_card_steps, select_feed_cards

router = APIRouter(prefix="/api/v1", tags=["silence"])

Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=100)]


class FeedCardStory(Model):
    """A feed card with every step of its life."""

    card: FeedCard
    steps: list[CardStep]


class FeedCardPage(Model):
    """One page of feed cards, newest first."""

    feed_cards: list[FeedCardStory]
    total: int
    next_cursor: str | None


class OutagePage(Model):
    """One page of outages, newest first."""

    outages: list[Outage]
    total: int
    next_cursor: str | None


@dataclass(frozen=True)
class FeedCardPosition:
    """Where a page of feed cards ended."""

    feed_card_id: int


@dataclass(frozen=True)
class OutagePosition:
    """Where a page of outages ended."""

    blind_from: datetime


@router.get("/feed-cards", summary="Feed cards, newest first", responses=problem_answers(404, 421, 422, 503))
def get_feed_cards(
    reading: Reading,
    open_only: Annotated[bool, Query(description="Only of sources that are silent now.")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
    hall: HallCode = None,
) -> FeedCardPage:
    """A page of feed cards (断报): each time a source fell silent, when it spoke again, and every step between."""
    after = unpack_cursor("feed_cards", cursor, FeedCardPosition)
    with reading.open(hall) as opened:
        rows = select_feed_cards(
            opened.connection, opened.hall.hall_id, open_only=open_only,
            before_id=None if after is None else after.feed_card_id, limit=limit + 1,
        )  # fmt: skip
        page = rows[:limit]
        steps = read_feed_card_steps(opened.connection, opened.hall, [row["feed_card_id"] for row in page])
        stories = [
            {"card": describe_feed_card(opened.hall, row), "steps": steps.get(row["feed_card_id"], [])} for row in page
        ]
        more = FeedCardPosition(page[-1]["feed_card_id"]) if len(rows) > limit else None
        return FeedCardPage(
            feed_cards=[FeedCardStory.model_validate(story) for story in stories],
            total=count_feed_cards(opened.connection, opened.hall.hall_id),
            next_cursor=None if more is None else pack_cursor("feed_cards", more),
        )


@router.get("/outages", summary="The supervision's own outages", responses=problem_answers(404, 421, 422, 503))
def get_outages(reading: Reading, cursor: Cursor = None, limit: Limit = 50, hall: HallCode = None) -> OutagePage:
    """A page of outages: from when to when the supervision was blind, why, and how many cards fell due meanwhile."""
    after = unpack_cursor("outages", cursor, OutagePosition)
    with reading.open(hall) as opened:
        before = None if after is None else after.blind_from
        found = read_outages(opened.connection, opened.hall, before=before, limit=limit + 1)
        page = [Outage.model_validate(outage) for outage in found[:limit]]
        more = OutagePosition(page[-1].blind_from) if len(found) > limit else None
        return OutagePage(
            outages=page,
            total=count_outages(opened.connection, opened.hall.hall_id),
            next_cursor=None if more is None else pack_cursor("outages", more),
        )
