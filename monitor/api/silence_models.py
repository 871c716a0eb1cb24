"""What the API answers about silence: sources that say nothing, the supervision's own outages, and its warnings."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from monitor.api.model_base import Model, Name


class FeedCard(Model):
    """A source that has fallen silent (断报): a card of its own kind, open until it speaks again.

    `silent`: for 30 working minutes; its cases' cards are held. `silent_a_day`: for a working day; they are issued all
    the same, by last known data (reason `last_known_data`).
    """

    feed_card_id: int
    source: str
    source_name: Name
    departments: list[str] = Field(description="Whose cases it feeds; empty = any.")
    state: Literal["silent", "silent_a_day", "closed"]
    data_as_of: datetime = Field(description="Everything up to here had been told when it fell silent.")
    expected_at: datetime = Field(description="When 30 working minutes without a word had passed.")
    issued_at: datetime
    closed_at: datetime | None
    cards_held: int | None = Field(description="Cards that wait for its word; null for a part of the hall.")


class Outage(Model):
    """When the supervision itself was blind, and what fell due meanwhile: one message instead of a flood."""

    outage_id: int
    blind_from: datetime
    blind_until: datetime
    reason: Literal["engine_down", "database_lost"]
    cards_due: int | None = Field(description="Cards that fell due and are issued; null for a part of the hall.")
    cards_held: int | None = Field(description="… that wait for the word of their source.")
    cards_url: str = Field(description="The list of the cards, with their true times.")


class HallWarning(Model):
    """What keeps the hall from being supervised as it should be, until it is mended."""

    code: Literal["no_working_time", "calendar_unusable"]
    text: Name
    detail: str
    since: datetime
