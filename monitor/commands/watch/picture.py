"""What the terminal knows of a hall: a board with every delta folded in, as the pages do."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

CARDS_KEPT = 60
LIGHTS_WORST_FIRST = ("red", "yellow", "reminder", "unknown", "green")


class Picture:
    """The last board known; it stays through losses of the connection."""

    def __init__(self) -> None:
        self.board: dict[str, Any] = {}
        self.cards: deque[dict[str, Any]] = deque(maxlen=CARDS_KEPT)
        self.seq = 0
        self._clock_offset = timedelta()

    @property
    def is_known(self) -> bool:
        """Tell whether a board has come."""
        return bool(self.board)

    def fold(self, message: dict[str, Any], real_now: datetime) -> list[dict[str, Any]]:
        """Take a message in; give the cards that came with it, the oldest first."""
        match message["type"]:
            case "snapshot":
                self.board, self.seq = message["board"], message["seq"]
                self.cards = deque(self.board["cards"], maxlen=CARDS_KEPT)
                self._set_clock(self.board["case_time"], real_now)
                return []
            case "delta" if self.is_known:
                self.seq = message["seq"]
                return self._fold_delta(message, real_now)
            case "heartbeat" if self.is_known:
                self.board["as_of"], self.board["data_as_of"] = message["as_of"], message["data_as_of"]
        return []

    def _fold_delta(self, delta: dict[str, Any], real_now: datetime) -> list[dict[str, Any]]:
        for name in ("as_of", "case_time", "numbers", "due_days", "trend", "feed_cards", "outages", "warnings"):
            if delta.get(name) is not None:
                self.board[name] = delta[name]
        for name in ("departments", "sources"):
            rows = {row["code"]: row for row in self.board[name]}
            rows.update({row["code"]: row for row in delta.get(name) or ()})
            self.board[name] = list(rows.values())
        if delta.get("case_time") is not None:
            self._set_clock(delta["case_time"], real_now)
        return self._fold_cards(delta.get("cards") or [])

    def _fold_cards(self, cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """A card that is known is replaced where it stands; a new one comes to the top."""
        places = {card["card_id"]: place for place, card in enumerate(self.cards)}
        arrived = list(reversed(cards))
        for card in arrived:
            place = places.get(card["card_id"])
            if place is None:
                self.cards.appendleft(card)
                places = {known["card_id"]: position for position, known in enumerate(self.cards)}
            else:
                self.cards[place] = card
        return arrived

    def _set_clock(self, case_time: dict[str, Any], real_now: datetime) -> None:
        self._clock_offset = datetime.fromisoformat(case_time["server_now"]) - real_now

    def case_now(self, real_now: datetime | None = None) -> datetime:
        """Case time now, with the zone of the hall; this machine's clock corrected by the service's."""
        told = self.board["case_time"]
        server_now = (real_now or datetime.now(UTC)) + self._clock_offset
        anchor = datetime.fromisoformat(told["case_anchor"])
        rate: float = told["rate"]
        return anchor + (server_now - datetime.fromisoformat(told["real_anchor"])) * rate

    def failing_departments(self) -> list[dict[str, Any]]:
        """Tiles that are not green, the worst first, in registry order among equals."""
        tiles = [tile for tile in self.board["departments"] if tile["light"] != "green"]
        return sorted(tiles, key=lambda tile: (LIGHTS_WORST_FIRST.index(tile["light"]), tile["position"]))
