"""The one place where bytes from upstream become values: returns JSON values or raises Unreadable, whatever the bytes.

Numbers with a point become `Decimal` from their own digits, so that no amount ever passes through a float.
"""

import json
from decimal import Decimal
from typing import TypeAlias

import msgspec

from .errors import Unreadable

Json: TypeAlias = "bool | int | Decimal | str | list[Json] | dict[str, Json] | None"
Row: TypeAlias = "dict[str, Json]"

NESTED = (dict, list)
BLANKS = (b"\n", b"\r", b"\t", b'" ')
"""Signs of JSON that is laid out, where a key may stand apart from its colon; the first three are never inside a text."""
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def decode_json(body: bytes) -> Json:
    try:
        value: Json = _decoder.decode(body)
        is_clear = surely_once(body, value)
    except UnicodeDecodeError:
        raise Unreadable("it isn’t valid UTF-8") from None
    except (msgspec.DecodeError, ArithmeticError, ValueError):
        raise Unreadable("it isn’t JSON") from None
    except RecursionError:
        raise Unreadable("it’s nested too deeply") from None
    if not is_clear:
        refuse_twins(body)
    return value


def surely_once(body: bytes, value: Json) -> bool:
    """Whether each key occurs once, as far as counting shows: in compact JSON every key ends in `":`, and the decoder
    keeps one of each. A text that itself holds such characters is examined closely."""
    return not any(blank in body for blank in BLANKS) and body.count(b'":') == members(value)


def members(value: Json) -> int:
    """How many names its objects hold, at any depth."""
    if isinstance(value, dict):
        return len(value) + sum([members(each) for each in value.values() if type(each) in NESTED])
    return sum([members(each) for each in value if type(each) in NESTED]) if isinstance(value, list) else 0


def refuse_twins(body: bytes) -> None:
    """If a key occurs twice, neither value is shown: which one is meant is unknown."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise Unreadable("a field appears twice")
        return found

    try:
        json.loads(body, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Unreadable("it isn’t JSON") from None


def decode_object(body: bytes) -> Row:
    value = decode_json(body)
    if not isinstance(value, dict):
        raise Unreadable("it isn’t a JSON object")
    return value


MOST_DIGITS = 18
LEAST_TOO_LONG = 10**MOST_DIGITS


def whole(value: Json) -> int | None:
    """An ID, sent as a number or as its digits; None for anything else."""
    if type(value) is int:
        return value if 0 <= value < LEAST_TOO_LONG else None
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdecimal() and len(value) <= MOST_DIGITS else None
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        value = int(value) if value.adjusted() < MOST_DIGITS else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < LEAST_TOO_LONG else None
