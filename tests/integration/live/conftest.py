"""A hall with departments, and what writes on its board as the engine does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from psycopg import Connection

from tests.support.live_server import BoardWriter, build_hall


@pytest.fixture
def hall_id(connection: Connection[Any]) -> int:
    return build_hall(connection)


@pytest.fixture
def writer(database_url: str, hall_id: int) -> Iterator[BoardWriter]:
    with closing(BoardWriter(database_url, hall_id)) as opened:
        yield opened
