"""Every figure of the overview: a few queries over the facts, and plain arithmetic on what they return."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Case, CharField, Count, ExpressionWrapper, F, Sum, Value, When

from apps.listing import ranges

from .money import MILLIONTHS, money
from .scope import Scope
from .slices import COUNTED, INVESTED, PACED, SIZES, Days
from .windows import WEEK, monday

DAY = 86_400
"""Seconds."""


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


@dataclass(frozen=True, slots=True)
class Group:
    """Investments that have these in common, where they are told apart by them."""

    offering: int
    status: str
    method: str
    size: str
    added: Added


def by_status(scope: Scope) -> list[Group]:
    found = scope.facts.values_list("offering", "status").annotate(Count("pk"), Sum("amount"), Count("amount"))
    return [
        Group(offering, status, "", "", Added(count, int(amount or 0), count - read))
        for offering, status, count, amount, read in found
    ]


def by_method_and_size(scope: Scope) -> list[Group]:
    """Of money received."""
    whens = [
        When(
            **({"amount__gte": least * MILLIONTHS} if least is not None else {}),
            **({"amount__lt": below * MILLIONTHS} if below is not None else {}),
            then=Value(name),
        )
        for name, (least, below) in SIZES.items()
    ]
    size = Case(*whens, default=Value(""), output_field=CharField())
    found = scope.facts.filter(status__in=COUNTED).annotate(size=size).values_list("method", "size")
    counted = found.annotate(Count("pk"), Sum("amount"), Count("amount"))
    return [
        Group(0, "", method, size, Added(count, int(amount or 0), count - read))
        for method, size, count, amount, read in counted
    ]


@dataclass(frozen=True)
class Flow:
    """Money by the day, in the page's zone, on which something happened to it: (day, offering, what), in order."""

    moments: list[tuple[date, int, Added]]

    def within(self, first: date, last: date) -> Added:
        """Both days included."""
        start, end = (bisect_left(self.moments, each, key=day_of) for each in (first, last + ranges.DAY))
        return total(what for _, _, what in self.moments[start:end])

    def of(self, offering: int) -> "Flow":
        return Flow([each for each in self.moments if each[1] == offering])

    def before(self, day: date) -> Added:
        return total(what for _, _, what in self.moments[: bisect_left(self.moments, day, key=day_of)])

    def after(self, day: date) -> Added:
        return total(what for _, _, what in self.moments[bisect_left(self.moments, day + ranges.DAY, key=day_of) :])

    def first_week(self) -> date | None:
        return monday(self.moments[0][0]) if self.moments else None

    def by_week(self, mondays: Iterable[date]) -> list[Added]:
        return [self.within(each, each + WEEK - ranges.DAY) for each in mondays]

    def reached(self, amount: int) -> date | None:
        """The day on which the sum came to an amount and never again fell below it; None if it is below."""
        added, reached = 0, None
        for day, _, what in self.moments:
            before, added = added, added + what.amount
            if added < amount:
                reached = None
            elif before < amount:
                reached = day
        return reached


def day_of(moment: tuple[date, int, Added]) -> date:
    return moment[0]


def flow(scope: Scope, name: str, statuses: Iterable[str]) -> Flow:
    """`name`: received, invested or refunded. Days are told apart in the database: it returns few rows."""
    dated = scope.facts.filter(status__in=list(statuses), **{f"{name}__isnull": False})
    day = (F(name) + offset(name, scope)) / DAY
    found = dated.annotate(day=ExpressionWrapper(day, BigIntegerField())).values_list("day", "offering")
    counted = found.annotate(Count("pk"), Sum("amount"), Count("amount")).order_by("day", "offering")
    return Flow([
        (EPOCH + ranges.DAY * int(day), offering, Added(count, int(amount or 0), count - read))
        for day, offering, count, amount, read in counted
    ])  # fmt: skip


EPOCH = date(1970, 1, 1)
YEARS_BACK = 10
"""For which it is known to the second when clocks changed. What is older may be taken for the day beside, an hour before midnight."""


def offset(name: str, scope: Scope) -> Case:
    """Seconds by which the zone's clocks are ahead of UTC at that moment."""
    changes = clock_changes(scope.zone, scope.today.year - YEARS_BACK, scope.today.year + 1)
    whens = [When(**{f"{name}__gte": second}, then=Value(ahead)) for second, ahead in reversed(changes[1:])]
    return Case(*whens, default=Value(changes[0][1]), output_field=BigIntegerField())


@lru_cache(maxsize=64)
def clock_changes(zone: ZoneInfo, first: int, last: int) -> list[tuple[int, int]]:
    """(second, seconds ahead of UTC) from the beginning of a year through the end of another: at its beginning, and whenever
    it changes."""
    at, found = int(datetime(first, 1, 1, tzinfo=UTC).timestamp()), list[tuple[int, int]]()
    end = int(datetime(last + 1, 1, 1, tzinfo=UTC).timestamp())
    for second in range(at, end, DAY):
        ahead = ahead_of_utc(zone, second)
        if not found:
            found.append((second, ahead))
        elif ahead != found[-1][1]:
            exact = bisect_left(range(second - DAY, second), True, key=lambda each: ahead_of_utc(zone, each) == ahead)
            found.append((second - DAY + exact, ahead))
    return found


def ahead_of_utc(zone: ZoneInfo, second: int) -> int:
    return int((datetime.fromtimestamp(second, zone).utcoffset() or timedelta()).total_seconds())


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
