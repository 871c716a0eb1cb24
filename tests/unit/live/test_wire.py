"""A frame that is encoded once is the one that the library would encode for each client."""

import pytest
from websockets.frames import Frame, Opcode

from alerts.live.wire import text_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 300_000])
def test_a_frame_is_what_the_library_makes_of_the_text(size: int) -> None:
    payload = b"x" * size
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)
