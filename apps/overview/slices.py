"""Which investments a figure counts, declared once: the sum over the facts and the link to its rows both derive from it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from apps.investments.blockers import BLOCKERS, BROKER, CUSTODIAN, INVESTOR, ISSUER, NOBODY
from apps.investments.fields import INVESTMENT
from apps.investments.stages import CLOSED
from apps.listing import ranges, values
from apps.tenants.permissions import DataClass

from .money import MILLIONTHS
from .windows import monday

INVESTED = ("invested", "accepted_escrow_closed")
APPROVED = ("approved", "accepted")
RECEIVED = ("received",)
COUNTED = (*INVESTED, *APPROVED, *RECEIVED)
"""Money received and neither canceled nor refunded, the surest first."""
SIZES = {"under-1000": (None, 1_000), "1000": (1_000, 5_000), "5000": (5_000, 25_000), "25000": (25_000, 100_000),
         "100000": (100_000, None)}  # fmt: skip
"""Name -> dollars from, and dollars below which."""
MOST_CODES = 40
PAYMENT_FAILED = "payment_failed"
"""A status that waits for the investor as a blocker does."""
ACTS = {
    "team": ISSUER,
    "broker-dealer": BROKER,
    "investor": INVESTOR,
    "custodian": CUSTODIAN,
    "no-one": NOBODY,
    "unknown": "Not known",
}
"""Name -> who must act, whom one can do something about first."""
OPEN = ~Q(status__in=sorted(CLOSED))
PACED = Q(received__isnull=False, invested__isnull=False, invested__gte=F("received"))


class BadSlice(Exception):
    """An address that names no slice."""


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days of the page's zone, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"

    @classmethod
    def of(cls, text: str) -> Self:
        first, _, last = text.partition("..")
        return cls(a_day(first), a_day(last))

    def q(self, name: str, zone: ZoneInfo) -> Q:
        return Q(**{f"{name}__gte": begin(self.first, zone), f"{name}__lt": begin(self.last + ranges.DAY, zone)})

    @property
    def words(self) -> str:
        if self.first == self.last:
            return f"on {ranges.say_day(self.first)}"
        return f"from {ranges.say_day(self.first)} through {ranges.say_day(self.last)}"


def begin(day: date, zone: ZoneInfo) -> int:
    return int(ranges.first_instant(day, zone).timestamp())


@dataclass(frozen=True, slots=True)
class Slice:
    """All conditions together. `statuses`: any of them; `method`: exactly; `size`: of SIZES; `waits`: open and with any of these
    blockers' codes, or PAYMENT_FAILED; `received`, `invested`, `refunded`: when; `started`: the Monday of the week; `paced`:
    both received and invested, in this order."""

    statuses: tuple[str, ...] = ()
    method: str | None = None
    size: str = ""
    waits: tuple[str, ...] = ()
    received: Days | None = None
    invested: Days | None = None
    refunded: Days | None = None
    started: date | None = None
    paced: bool = False

    def q(self, zone: ZoneInfo) -> Q:
        found = Q()
        if self.statuses:
            found &= Q(status__in=self.statuses)
        if self.method is not None:
            found &= Q(method=self.method)
        if self.size:
            least, below = SIZES[self.size]
            found &= Q(amount__isnull=False)
            found &= Q() if least is None else Q(amount__gte=least * MILLIONTHS)
            found &= Q() if below is None else Q(amount__lt=below * MILLIONTHS)
        for name in ("received", "invested", "refunded"):
            days: Days | None = getattr(self, name)
            found &= days.q(name, zone) if days else Q()
        if self.started:
            found &= Q(week=self.started)
        if self.paced:
            found &= PACED
        return found & OPEN & reduce(or_, map(waits_for, self.waits)) if self.waits else found

    @property
    def filters(self) -> dict[str, str] | None:
        """The same as the API is asked; None if it cannot be."""
        if self.received or self.invested or self.refunded or self.started or self.waits or self.paced:
            return None
        found = {"status__in": ",".join(self.statuses)} if self.statuses else {}
        if self.method is not None:
            if not self.method or "," in self.method:
                return None
            found["payment_method"] = self.method
        if self.size:
            least, below = SIZES[self.size]
            found |= {} if least is None else {"amount__gte": str(least)}
            found |= {} if below is None else {"amount__lte": f"{below - 1}.999999"}
        return found

    @property
    def classes(self) -> set[DataClass]:
        """What one must see to be told: the fields behind it."""
        return {INVESTMENT.data_class(BEHIND[name]) if BEHIND[name] else DataClass.PLAIN for name in self.params}

    @property
    def params(self) -> dict[str, str]:
        """As in an address of ours."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        if self.method is None:
            del found["method"]
        texts = {name: ",".join(value) if isinstance(value, tuple) else value for name, value in found.items()}
        return {name: str(value) for name, value in texts.items() if value or (name == "method" and value is not None)}

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Self:
        """Raises BadSlice."""
        try:
            found: dict[str, Any] = {name: READ[name](text) for name, text in given.items()}
        except (KeyError, ValueError):
            raise BadSlice from None
        return cls(**found)


def a_name_of(names: Iterable[str]) -> Callable[[str], str]:
    known = frozenset(names)

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(text)
        return text

    return read


def a_code(text: str) -> str:
    if not text or len(text) > 60 or "," in text or "\0" in text:
        raise ValueError(text)
    return text


def a_day(text: str) -> date:
    try:
        return date.fromisoformat(values.day(text))
    except values.BadValue:
        raise ValueError(text) from None


def a_week(text: str) -> date:
    day = a_day(text)
    if day != monday(day):
        raise ValueError(text)
    return day


def waits_for(code: str) -> Q:
    if code == PAYMENT_FAILED:
        return Q(status=PAYMENT_FAILED)
    return Q(blockers__startswith=f"{code},") | Q(blockers__contains=f",{code},")


def who_acts(code: str) -> str:
    """Of ACTS."""
    if code == PAYMENT_FAILED:
        return "investor"
    words = BLOCKERS[code].who if code in BLOCKERS else "Not known"
    return next(name for name, label in ACTS.items() if label == words)


def codes(text: str) -> tuple[str, ...]:
    found = tuple(map(a_code, text.split(",")))
    if len(found) > MOST_CODES:
        raise ValueError(text)
    return found


READ: dict[str, Callable[[str], Any]] = {
    "statuses": codes,
    "method": lambda text: text[:60].replace("\0", ""),
    "size": a_name_of(SIZES),
    "waits": codes,
    "received": Days.of,
    "invested": Days.of,
    "refunded": Days.of,
    "started": a_week,
    "paced": lambda text: a_name_of(("True",))(text) == "True",
}
"""A condition in an address -> its value. Raises ValueError."""
BEHIND = {
    "statuses": "status", "method": "payment_method", "size": "amount", "waits": "processing_issue_statuses",
    "received": "received_at", "invested": "invested_at", "refunded": "refunded_at",
    "started": "", "paced": "invested_at",
}  # fmt: skip
"""A condition -> the field that it tells of; none for when a row was created, which no row says."""
