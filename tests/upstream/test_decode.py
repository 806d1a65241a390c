"""Bytes become values or are refused as Unreadable; nothing else ever comes out of it."""

import pytest

from apps.upstream.decode import decode_json
from apps.upstream.errors import Unreadable


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_at_every_depth_it_is_read_or_refused(opening: bytes, closing: bytes) -> None:
    refused = 0
    for depth in range(900, 1100):
        try:
            decode_json(opening * depth + b"1" + closing * depth)
        except Unreadable:
            refused += 1
    assert refused > 50, "Python ends at a depth of 1,000"


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":2}',
        b'{"results":[{"amount":"1.00","amount":"2.00"}]}',
        b'{"a": 1,\n "a" : 2}',
        b'{"a":"\\":","b":1,"b":2}',
        b'{"a":"\\u0022:","b":1,"b":2}',
        b'{"a":1,"\\u0061":2}',
    ],
)
def test_a_name_that_stands_twice_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_json(body)


@pytest.mark.parametrize(
    "body", [b'{"a":"\\u0022:"}', b'{"a":"\\":","b":{"a":1}}', b'{ "a" : 1 }', b'{"a":9007199254740993}']
)
def test_a_text_that_looks_like_a_name_is_read(body: bytes) -> None:
    assert decode_json(body)
