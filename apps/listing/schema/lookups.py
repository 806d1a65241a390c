"""The API's lookups, one row each: suffix, words in a chip, how its value is read and shown, and its operators."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from apps.listing import ranges, values
from apps.tenants.zones import zone_words

WITHIN = "within"
"""Ours: it becomes `gte` and `lte` when it is asked."""


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
class Offer:
    """One operator in words. `order`: its place among all; `name`: its name in our addresses. `inputs`: kind of the
    filter -> input, where it differs from `input`. `of_moments`: for moments only, or for others only; None for both.
    `hint`: what may surprise about it; `list_hint`: the same for a list in a text field."""

    order: int
    name: str
    words: str
    input: Input = Input.TEXT
    inputs: Mapping[str, Input] = field(default_factory=dict)
    of_moments: bool | None = False
    not_of: str = ""
    value: str = ""
    hint: str = ""
    list_hint: str = ""

    def fits(self, kind: str) -> bool:
        return kind != self.not_of and self.of_moments in (None, kind == "moment")


Sentence = Callable[[str, str, ZoneInfo, datetime], str]


@dataclass(frozen=True, slots=True)
class Lookup:
    """`words`: between label and value in a chip, `moment_words` if the value is a moment. `read`: text -> canonical
    value, if the filter's kind does not read it; `sentence(label, value, zone, now)`: the whole chip, if words alone do
    not make it."""

    suffix: str
    words: str
    offers: tuple[Offer, ...]
    moment_words: str = ""
    read: Callable[[str], str] | None = None
    sentence: Sentence | None = None

    def __post_init__(self) -> None:
        if not self.words or not self.offers or not all(offer.words for offer in self.offers):
            raise ValueError(f"apps/listing/schema/lookups.py: the lookup “{self.suffix}” has no words or no operator")


def within_range(label: str, value: str, zone: ZoneInfo, now: datetime) -> str:
    return f"{label} {ranges.say(value, now, zone)} ({zone_words(zone)})"


def emptiness(label: str, value: str, zone: ZoneInfo, now: datetime) -> str:
    return f"{label} is {'empty' if value == 'true' else 'not empty'}"


def servers_days(words: str) -> Sentence:
    def sentence(label: str, value: str, zone: ZoneInfo, now: datetime) -> str:
        day = ranges.say_day(datetime.fromisoformat(value).date())
        return f"{label} {words} {day}, by the API server’s calendar day"

    return sentence


ONE = {"choice": Input.CHOICE, "number": Input.NUMBER, "money": Input.MONEY, "truth": Input.YES_NO}
WHOLE_LIST = "Compares the entire list of blockers with this text."
PART = "Also finds blockers whose code contains this one."
SERVER_DAYS = "Uses the API server’s calendar days. Its time zone isn’t documented."
TO_THE_MICROSECOND = "Matches this exact instant only. For a whole day, use “on”."

LOOKUPS = (
    Lookup("", "is", (
        Offer(60, "is", "is", inputs=ONE, list_hint=WHOLE_LIST),
        Offer(150, "at", "is exactly at", Input.TIME, of_moments=True, hint=TO_THE_MICROSECOND),
    )),
    Lookup("in", "is", (
        # a list of yes or no crashes the API, and the exact parameter says the same
        Offer(70, "any-of", "is any of", Input.SEVERAL, {"choice": Input.CHECKS}, not_of="truth", list_hint=WHOLE_LIST),
        Offer(160, "any-time-of", "is exactly any of", Input.SEVERAL, of_moments=True, hint=TO_THE_MICROSECOND),
    )),
    Lookup("gt", "is over", (Offer(90, "more-than", "is over", inputs=ONE),)),
    Lookup("gte", "is at least", (
        Offer(80, "at-least", "is at least", inputs=ONE),
        Offer(30, "from", "from", Input.DAY, of_moments=True),
        Offer(130, "from-time", "from date and time", Input.TIME, of_moments=True),
    ), moment_words="from"),
    Lookup("lt", "is under", (Offer(110, "less-than", "is under", inputs=ONE),)),
    Lookup("lte", "is at most", (
        Offer(100, "at-most", "is at most", inputs=ONE),
        Offer(40, "until", "through", Input.DAY, of_moments=True),
        Offer(140, "until-time", "through date and time", Input.TIME, of_moments=True),
    ), moment_words="through"),
    Lookup("contains", "contains", (Offer(50, "contains", "contains", inputs={"list": Input.CHOICE}, list_hint=PART),)),
    Lookup("startswith", "starts with", (Offer(120, "starts-with", "starts with", list_hint=WHOLE_LIST),)),
    Lookup("isnull", "is empty", (
        Offer(190, "empty", "is empty", Input.NOTHING, of_moments=None, value="true"),
        Offer(200, "not-empty", "is not empty", Input.NOTHING, of_moments=None, value="false"),
    ), read=values.truth, sentence=emptiness),
    Lookup("date__gte", "is on or after", (
        Offer(170, "server-from", "from (server calendar day)", Input.DAY, of_moments=True, hint=SERVER_DAYS),
    ), read=values.day, sentence=servers_days("is on or after")),
    Lookup("date__lte", "is on or before", (
        Offer(180, "server-until", "through (server calendar day)", Input.DAY, of_moments=True, hint=SERVER_DAYS),
    ), read=values.day, sentence=servers_days("is on or before")),
    Lookup(WITHIN, "within", (
        Offer(10, "within", "within", Input.RANGE, of_moments=True),
        Offer(20, "on", "on", Input.DAY, of_moments=True),
    ), read=values.within, sentence=within_range),
)  # fmt: skip
"""In the order in which an address names them."""
BY_SUFFIX = {lookup.suffix: lookup for lookup in LOOKUPS}
OFFERS = sorted((offer for lookup in LOOKUPS for offer in lookup.offers), key=lambda offer: offer.order)
