"""A body is unpacked within its limits, recognised, and refused with a sentence that says what to do."""

import gzip
import json
import tracemalloc
import zlib

import pytest

from monitor.intake.bodies import BodyLimits, UnreadableBodyError, cut_body, has_lone_surrogate, unpack_body

LIMITS = BodyLimits(unpacked=10_000, events=10)


def refusal_of(body: bytes, encoding: str | None = None, content_type: str | None = "application/x-ndjson") -> str:
    with pytest.raises(UnreadableBodyError) as caught:
        cut_body(unpack_body(body, encoding, LIMITS), content_type, LIMITS)
    assert len(caught.value.detail) > 20
    return caught.value.code


def test_gzip_is_undone_also_in_several_members_and_padded() -> None:
    packed = gzip.compress(b"a\n", mtime=0) + gzip.compress(b"b", mtime=0) + b"\0" * 7
    assert unpack_body(packed, "gzip", LIMITS) == b"a\nb"
    assert unpack_body(packed, "X-GZIP", LIMITS) == b"a\nb"
    assert unpack_body(b"a", "identity", LIMITS) == unpack_body(b"a", None, LIMITS) == b"a"


def test_the_limit_is_exact_packed_or_not() -> None:
    assert len(unpack_body(b"x" * 10_000, None, LIMITS)) == 10_000
    assert len(unpack_body(gzip.compress(b"x" * 10_000, mtime=0), "gzip", LIMITS)) == 10_000
    assert refusal_of(b"x" * 10_001) == "too_large"
    assert refusal_of(gzip.compress(b"x" * 10_001, mtime=0), "gzip") == "too_large"
    assert (
        refusal_of(gzip.compress(b"x" * 6_000, mtime=0) + gzip.compress(b"x" * 4_001, mtime=0), "gzip") == "too_large"
    )


def test_a_bomb_is_not_unpacked_to_find_out_that_it_is_one() -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, 9, mtime=0)
    tracemalloc.start()
    try:
        assert refusal_of(bomb, "gzip") == "too_large"
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "body",
    [
        b"plain text",
        gzip.compress(b"some text here", mtime=0)[:-3],
        gzip.compress(b"some text here", mtime=0)[:-9] + b"\xff" * 9,
        gzip.compress(b"text", mtime=0) + b"rest",
        zlib.compress(b"text"),
    ],
)
def test_what_is_no_whole_gzip_is_refused(body: bytes) -> None:
    assert refusal_of(body, "gzip") == "broken_gzip"


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_an_unknown_encoding_is_refused(encoding: str) -> None:
    assert refusal_of(b"", encoding) == "unknown_encoding"


@pytest.mark.parametrize(
    "content_type", [None, "", "application/x-www-form-urlencoded", "text/csv", "application/xml", "json"]
)
def test_an_unknown_type_is_refused(content_type: str | None) -> None:
    assert refusal_of(b"{}", None, content_type) == "unknown_type"


def test_another_charset_is_refused_and_utf8_is_not() -> None:
    assert refusal_of(b"{}", None, "application/x-ndjson; charset=GBK") == "unknown_charset"
    assert cut_body(b"{}", 'Application/X-NDJSON; Charset="UTF-8"', LIMITS) == [b"{}"]
    assert cut_body(b"{}", "text/plain; format=flowed", LIMITS) == [b"{}"]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"nothing", b"[{}", b"[{}]]", b"[{},]", b'["\\ud800"]', b"[" * 5_000, b"[1e5 2]"]
)
def test_an_array_that_is_none_is_refused(body: bytes) -> None:
    assert refusal_of(body, None, "application/json") == "not_json"


def test_an_array_that_is_not_utf8_is_refused_as_such() -> None:
    assert refusal_of('["受理", }'.encode("gbk"), None, "application/json") == "not_utf8"


def test_too_many_lines_or_elements_are_refused_before_they_are_read() -> None:
    assert refusal_of(b"{}\n" * 11) == "too_many_events"
    assert refusal_of(b"\n" * 10_000 + b"{}\n" * 11) == "too_large"
    assert cut_body(b"\n" * 50 + b"{}\n" * 10, "text/plain", LIMITS)[50:60] == [b"{}"] * 10
    assert refusal_of(json.dumps([1] * 11).encode(), None, "application/json") == "too_many_events"
    wide = BodyLimits(events=10)
    for body, content_type in ((b"\n" * 5_000, "text/plain"), (b"[" + b"1," * 5_000 + b"1]", "application/json")):
        with pytest.raises(UnreadableBodyError) as caught:
            cut_body(body, content_type, wide)
        assert caught.value.code == "too_many_events"


def test_half_a_pair_is_told_from_a_whole_one_and_from_an_escaped_backslash() -> None:
    assert has_lone_surrogate(rb'"\ud83d"')
    assert has_lone_surrogate(rb'"\ude00\ud83d"')
    assert has_lone_surrogate(rb'"\\\uD800"')
    assert not has_lone_surrogate(rb'"\ud83d\ude00"')
    assert not has_lone_surrogate(rb'"\\ud83d \u4e2d"')
