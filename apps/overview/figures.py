"""Every figure of the overview: a few queries over the facts, and plain arithmetic on what they return."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, Count, F, Sum, Value, When

from apps.listing import ranges, values

from . import facts
from .facts import MILLIONTHS
from .scope import Scope
from .slices import INVESTED, PACED, SIZES, Days, begin
from .windows import WEEK, monday

QUARTER = 900
"""Seconds: every day of every zone begins at a multiple of it, so no sum needs to know a moment more exactly."""
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Added:
    """How many investments, how many millionths of a dollar, and how many of them whose amount cannot be read."""

    count: int = 0
    amount: int = 0
    unread: int = 0

    def __add__(self, other: "Added") -> "Added":
        return Added(self.count + other.count, self.amount + other.amount, self.unread + other.unread)

    @property
    def money(self) -> str:
        return money(self.amount)

    @property
    def number(self) -> str:
        return f"{self.count:,}"


NOTHING = Added()


def total(parts: Iterable[Added]) -> Added:
    return sum(parts, NOTHING)


def money(amount: int) -> str:
    """$1,234.56; further decimals only where there are any."""
    digits = format(abs(facts.dollars(amount)), "f")
    cents = digits.rstrip("0") if "." in digits else digits
    whole, _, rest = cents.partition(".")
    return f"{'-' if amount < 0 else ''}${values.grouped(f'{whole}.{rest:0<2}')}"


@dataclass(frozen=True, slots=True)
class Group:
    offering: int
    status: str
    method: str
    size: str
    added: Added


def groups(scope: Scope) -> list[Group]:
    """By everything that stands still."""
    whens = [
        When(
            **({"amount__gte": least * MILLIONTHS} if least is not None else {}),
            **({"amount__lt": below * MILLIONTHS} if below is not None else {}),
            then=Value(name),
        )
        for name, (least, below) in SIZES.items()
    ]
    size = Case(*whens, default=Value(""), output_field=CharField())
    found = scope.facts.annotate(size=size).values_list("offering", "status", "method", "size")
    counted = found.annotate(Count("pk"), Sum("amount"), Count("amount"))
    return [
        Group(offering, status, method, size, Added(count, int(amount or 0), count - read))
        for offering, status, method, size, count, amount, read in counted
    ]


@dataclass(frozen=True)
class Flow:
    """Money by the moment at which something happened to it. `moments`: (second, offering, what), in order of time."""

    moments: list[tuple[int, int, Added]]
    seconds: list[int] = field(default_factory=list)

    def within(self, first: date, last: date, zone: ZoneInfo) -> Added:
        """Whole days, both included."""
        start, end = (
            bisect_left(self.seconds, begin(first, zone)),
            bisect_left(self.seconds, begin(last + ranges.DAY, zone)),
        )
        return total(what for _, _, what in self.moments[start:end])

    def of(self, offering: int) -> "Flow":
        return flow_of([each for each in self.moments if each[1] == offering])

    def before(self, day: date, zone: ZoneInfo) -> Added:
        return total(what for _, _, what in self.moments[: bisect_left(self.seconds, begin(day, zone))])

    def after(self, day: date, zone: ZoneInfo) -> Added:
        return total(what for _, _, what in self.moments[bisect_left(self.seconds, begin(day + ranges.DAY, zone)) :])

    def first_week(self, zone: ZoneInfo) -> date | None:
        return monday(local_day(self.seconds[0], zone)) if self.seconds else None

    def by_week(self, mondays: Iterable[date], zone: ZoneInfo) -> list[Added]:
        return [self.within(each, each + WEEK - ranges.DAY, zone) for each in mondays]

    def reached(self, amount: int, zone: ZoneInfo) -> date | None:
        """The day on which the sum came to an amount and never again fell below it; None if it is below."""
        added, day = 0, None
        for second, _, what in self.moments:
            before, added = added, added + what.amount
            if added < amount:
                day = None
            elif before < amount:
                day = local_day(second, zone)
        return day


def local_day(second: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(second, UTC).astimezone(zone).date()


def flow_of(moments: list[tuple[int, int, Added]]) -> Flow:
    return Flow(moments, [second for second, _, _ in moments])


def flow(scope: Scope, name: str, statuses: Iterable[str]) -> Flow:
    """`name`: received, invested or refunded."""
    dated = scope.facts.filter(status__in=list(statuses), **{f"{name}__isnull": False})
    found = dated.annotate(quarter=F(name) / QUARTER).values_list("quarter", "offering")
    counted = found.annotate(Count("pk"), Sum("amount"), Count("amount")).order_by("quarter")
    return flow_of([
        (int(quarter) * QUARTER, offering, Added(count, int(amount or 0), count - read))
        for quarter, offering, count, amount, read in counted
    ])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cohort:
    """Of those started in a week: how many, and how many of them are invested today."""

    started: int
    invested: int

    @property
    def share(self) -> str:
        return percent(self.invested, self.started)


FEWEST = 20
"""For a percentage."""


def percent(part: int, whole: int) -> str:
    """Of fewer it would say more than is known."""
    return f"{100 * part / whole:.0f}%" if whole >= FEWEST else ""


def cohorts(scope: Scope, last: int) -> dict[date, Cohort]:
    """Monday -> its cohort, the newest first."""
    found: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for week, status, count in scope.facts.values_list("week", "status").annotate(Count("pk")):
        found[week][0] += count
        found[week][1] += count if status in INVESTED else 0
    return {week: Cohort(*found[week]) for week in sorted(found, reverse=True)[:last]}


@dataclass(frozen=True, slots=True)
class Pace:
    """Whole days of 24 hours from received to invested, in order."""

    days: list[int]

    @property
    def median(self) -> str:
        half = len(self.days) // 2
        twice = self.days[half] * 2 if len(self.days) % 2 else self.days[half - 1] + self.days[half]
        return say_days(twice / 2)

    @property
    def most(self) -> str:
        """Nine of ten, by nearest rank; "" of too few."""
        return say_days(self.days[-(-9 * len(self.days) // 10) - 1]) if len(self.days) >= FEWEST else ""


def say_days(days: float) -> str:
    return f"{days:g} day{'' if days == 1 else 's'}"


def pace(scope: Scope, days: Days) -> Pace:
    found = scope.facts.filter(PACED, days.q("invested", scope.zone), status__in=INVESTED)
    taken = found.annotate(taken=F("invested") - F("received")).values_list("taken", flat=True)
    return Pace(sorted(seconds // DAY for seconds in taken))
