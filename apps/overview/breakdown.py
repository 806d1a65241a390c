"""What the overview is broken down by: payment method, size, the week of the start; and how long money takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.safestring import SafeString

from apps.listing import ranges

from . import charts, figures
from .cards import Figure
from .figures import Added, total
from .scope import Scope
from .slices import COUNTED, INVESTED, SIZES, Days, Slice
from .windows import monday

COHORTS = 12
PACE_DAYS, LONGEST_PACE = 90, 20


def methods_and_sizes(scope: Scope) -> dict[str, list[Figure]]:
    """Of money received: by how it came, and by the size of an investment."""
    found = figures.by_method_and_size(scope)
    methods = {
        name: total(each.added for each in found if each.method == name)
        for name in sorted({each.method for each in found})
    }
    sizes = {name: total(each.added for each in found if each.size == name) for name in SIZES}
    return {
        "methods": shares(
            scope, methods, lambda name: name or "Not recorded", lambda name: Slice(COUNTED, method=name)
        ),
        "sizes": shares(scope, sizes, size_words, lambda name: Slice(COUNTED, size=name)),
    }


def size_words(name: str) -> str:
    least, below = SIZES[name]
    if least is None:
        return f"Under ${below:,}"
    return f"${least:,} and more" if below is None else f"${least:,} to under ${below:,}"


def shares(
    scope: Scope, added: Mapping[str, Added], words: Callable[[str], str], which: Callable[[str], Slice]
) -> list[Figure]:
    widest = max([abs(each.amount) for each in added.values()], default=0)
    return [
        Figure(words(name), each, scope.link(which(name)), "", charts.stage(each.amount, widest, "m1"))
        for name, each in added.items()
        if each.count
    ]


class CohortRow(NamedTuple):
    label: str
    started: int
    started_href: str
    invested: int
    invested_href: str
    share: str
    picture: SafeString
    is_over: bool


def cohorts(scope: Scope) -> list[CohortRow]:
    this = monday(scope.today)
    return [
        CohortRow(
            f"{ranges.MONTHS[week.month - 1]} {week.day}",
            cohort.started,
            scope.link(Slice(started=week)),
            cohort.invested,
            scope.link(Slice(INVESTED, started=week)),
            cohort.share,
            charts.stage(cohort.invested, cohort.started, "m1"),
            week < this,
        )
        for week, cohort in figures.cohorts(scope, COHORTS).items()
    ]


@dataclass(frozen=True)
class PaceCard:
    median: str
    most: str
    count: int
    href: str
    chart: SafeString
    longest: str


def pace(scope: Scope) -> PaceCard | None:
    days = Days(scope.today - ranges.DAY * (PACE_DAYS - 1), scope.today)
    found = figures.pace(scope, days)
    if not found.days:
        return None
    bins = [found.days.count(number) for number in range(min(LONGEST_PACE, found.days[-1]) + 1)]
    beyond = len(found.days) - sum(bins)
    bins += [beyond] if beyond else []
    told = f"Days from received to invested: median {found.median}, longest {figures.say_days(found.days[-1])}"
    return PaceCard(
        found.median,
        found.most,
        len(found.days),
        scope.link(Slice(INVESTED, invested=days, paced=True)),
        charts.columns(bins, 44, "pace", is_over=True, said=told),
        f"{LONGEST_PACE}+ days" if beyond else figures.say_days(found.days[-1]),
    )
