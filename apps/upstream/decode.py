"""The one place where bytes from upstream become values. Whatever they are, it returns JSON values or raises Unreadable.

Numbers with a point become `Decimal` from their own digits, so that no amount ever passes through a float.
"""

from decimal import Decimal
from typing import TypeAlias

import msgspec

from .errors import Unreadable

Json: TypeAlias = "bool | int | Decimal | str | list[Json] | dict[str, Json] | None"
Row: TypeAlias = "dict[str, Json]"

_decoder = msgspec.json.Decoder(float_hook=Decimal)


def decode_json(body: bytes) -> Json:
    try:
        value: Json = _decoder.decode(body)
    except UnicodeDecodeError:
        raise Unreadable("its text is damaged") from None
    except (msgspec.DecodeError, ArithmeticError, ValueError):
        raise Unreadable("it is not JSON") from None
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    return value


def decode_object(body: bytes) -> Row:
    value = decode_json(body)
    if not isinstance(value, dict):
        raise Unreadable("it is not an object")
    return value
