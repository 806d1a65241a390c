"""The operators of a filter in words, each with the parameter that it sends and the input that asks for its value.

Only what the contract has is offered. A range of days, a single day and "is empty" are told apart here, though the
address has one parameter for each two of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .filters import CHOICE, MOMENT, MONEY, NUMBER, TRUTH, Filter, operators, parameter


class Input(StrEnum):
    TEXT = "text"
    """Free text; with values to choose from where the API tells them."""
    SEVERAL = "several"
    """Texts separated by commas; with values to tick where the API tells them."""
    NUMBER = "number"
    MONEY = "money"
    CHOICE = "choice"
    CHECKS = "checks"
    YES_NO = "yes-no"
    DAY = "day"
    TIME = "time"
    RANGE = "range"
    NOTHING = "nothing"
    """The operator says it all; `value` is sent."""


@dataclass(frozen=True, slots=True)
class Operator:
    """`name`: as an address of ours spells it; `hint`: what is surprising about it, "" for nothing."""

    name: str
    words: str
    parameter: str
    input: Input
    value: str = ""
    hint: str = ""


EXACT = {CHOICE.name: Input.CHOICE, NUMBER.name: Input.NUMBER, MONEY.name: Input.MONEY, TRUTH.name: Input.YES_NO}
WHOLE_LIST = "The API compares the whole list of blockers with this text."
PART = "A blocker whose name is part of another's finds that one too."
SERVER_DAYS = "Days as the API's server counts them; its time zone is not known."
TO_THE_MICROSECOND = "Only what happened at this very instant; a day is asked with “on”."


def operators_of(declared: Filter, parameters: Iterable[str]) -> list[Operator]:
    """In the order in which they are offered; the first is the one that is asked for most."""
    found: list[Operator] = []
    for lookup in operators(declared, parameters):
        found += one(declared, lookup, parameter(declared.name, lookup))
    return sorted(found, key=lambda operator: PLACES.index(operator.name))


PLACES = (
    "within", "on", "from", "until", "contains", "is", "any-of", "at-least", "more-than", "at-most", "less-than",
    "starts-with", "from-time", "until-time", "at", "any-time-of", "server-from", "server-until", "empty", "not-empty",
)  # fmt: skip


def one(declared: Filter, lookup: str, sent: str) -> list[Operator]:
    if declared.kind is MOMENT:
        return of_moments(lookup, sent)
    single = EXACT.get(declared.kind.name, Input.TEXT)
    is_list_in_text = bool(declared.choices) and declared.kind is not CHOICE
    match lookup:
        case "in" if declared.kind is TRUTH:
            return []  # the exact parameter says the same, and the API crashes on this one
        case "in":
            several = Input.CHECKS if declared.kind is CHOICE else Input.SEVERAL
            return [Operator("any-of", "is any of", sent, several, hint=WHOLE_LIST if is_list_in_text else "")]
        case "isnull":
            return emptiness(sent)
        case "contains":
            asked = Input.CHOICE if is_list_in_text else Input.TEXT
            return [Operator("contains", "contains", sent, asked, hint=PART if is_list_in_text else "")]
        case "startswith":
            return [
                Operator("starts-with", "starts with", sent, Input.TEXT, hint=WHOLE_LIST if is_list_in_text else "")
            ]
        case "":
            return [Operator("is", "is", sent, single, hint=WHOLE_LIST if is_list_in_text else "")]
    return [Operator(COMPARED[lookup].replace(" ", "-"), COMPARED[lookup], sent, single)]


COMPARED = {"gte": "at least", "gt": "more than", "lte": "at most", "lt": "less than"}


def of_moments(lookup: str, sent: str) -> list[Operator]:
    match lookup:
        case "within":
            return [Operator("within", "within", sent, Input.RANGE), Operator("on", "on", sent, Input.DAY)]
        case "gte":
            return [Operator("from", "from", sent, Input.DAY), Operator("from-time", "from a time", sent, Input.TIME)]
        case "lte":
            return [
                Operator("until", "until", sent, Input.DAY),
                Operator("until-time", "until a time", sent, Input.TIME),
            ]
        case "":
            return [Operator("at", "is exactly at", sent, Input.TIME, hint=TO_THE_MICROSECOND)]
        case "in":
            return [Operator("any-time-of", "is exactly at any of", sent, Input.SEVERAL, hint=TO_THE_MICROSECOND)]
        case "date__gte":
            return [Operator("server-from", "from, by the server's days", sent, Input.DAY, hint=SERVER_DAYS)]
        case "date__lte":
            return [Operator("server-until", "until, by the server's days", sent, Input.DAY, hint=SERVER_DAYS)]
    return emptiness(sent)


def emptiness(sent: str) -> list[Operator]:
    return [
        Operator("empty", "is empty", sent, Input.NOTHING, "true"),
        Operator("not-empty", "is not empty", sent, Input.NOTHING, "false"),
    ]
