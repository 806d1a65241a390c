"""What keeps open investments, by who must act: how many, how much, and for how long."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, Min, Q, Sum, Value, When
from django.utils.safestring import SafeString

from apps.investments.blockers import BLOCKERS, BROKER, CUSTODIAN, INVESTOR, ISSUER, NOBODY

from . import charts
from .figures import DAY, Added, total
from .scope import Scope
from .slices import MOST_CODES, OPEN, PAYMENT_FAILED, Slice
from .windows import AGES

UNKNOWN = "Not known"
"""Who acts on a code that Issuance does not document."""
ACTS = {ISSUER: "members", BROKER: "bank", INVESTOR: "user", CUSTODIAN: "lock", NOBODY: "history", UNKNOWN: "help"}
"""Who acts, those first whom the team can do something about; and an icon."""
AGE_WORDS = ("under 3 days", "3 to 7 days", "7 to 14 days", "over 14 days")
OLD = 14
MOST_LINES = 4
"""Of one who acts; what is younger stands together."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Investments with the same blockers and of the same age. `youngest` and `oldest`: whole days between which the oldest of
    them was created, as near as is known."""

    codes: tuple[str, ...]
    added: Added
    age: int
    youngest: int
    oldest: int


@dataclass(frozen=True, slots=True)
class Line:
    """A blocker, or all that one has to act on. `oldest`: in words; `is_old`: over OLD days."""

    label: str
    codes: tuple[str, ...]
    added: Added
    href: str
    oldest: str
    is_old: bool
    ages: SafeString
    order: int = 0


@dataclass(frozen=True, slots=True)
class Party:
    who: str
    icon: str
    line: Line
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Needs:
    """`several`: how many stand under more than one who acts."""

    parties: list[Party]
    all: Added
    href: str
    several: int


def needs(scope: Scope) -> Needs:
    waiting = read(scope)
    by_code, by_who = defaultdict(list), defaultdict(list)
    for each in waiting:
        for code in each.codes:
            by_code[code].append(each)
        for who in {who_acts(code) for code in each.codes}:
            by_who[who].append(each)
    parties = []
    for who, icon in ACTS.items():
        codes = [code for code in by_code if who_acts(code) == who]
        if codes:
            lines = [line(scope, label_of(code), (code,), by_code[code]) for code in codes]
            lines.sort(key=lambda each: (-each.order, each.label))
            if len(lines) > MOST_LINES + 1:
                rest = tuple(sorted(code for each in lines[MOST_LINES:] for code in each.codes))
                among = [each for each in by_who[who] if {*rest} & {*each.codes}]
                lines[MOST_LINES:] = [line(scope, f"{len(rest)} other blockers", rest, among)]
            parties.append(Party(who, icon, line(scope, who, tuple(sorted(codes)), by_who[who]), lines))
    several = sum(each.added.count for each in waiting if len({who_acts(code) for code in each.codes}) > 1)
    return Needs(parties, total(each.added for each in waiting), link(scope, tuple(sorted(by_code))), several)


def read(scope: Scope) -> list[Waiting]:
    if scope.snapshot.as_of is None:
        return []
    at = int(scope.snapshot.as_of.timestamp())
    whens = [When(created_until__gte=at - days * DAY, then=Value(age)) for age, days in enumerate(AGES)]
    age = Case(*whens, default=Value(len(AGES)), output_field=IntegerField())
    has_failed = Case(When(status=PAYMENT_FAILED, then=Value(1)), default=Value(0), output_field=IntegerField())
    rows = scope.facts.filter(OPEN, ~Q(blockers="") | Q(status=PAYMENT_FAILED))
    alike = rows.annotate(age=age, has_failed=has_failed).values_list("blockers", "has_failed", "age")
    counted = alike.annotate(Count("pk"), Sum("amount"), Count("amount"), Min("created_from"), Min("created_until"))
    return [
        Waiting(
            codes=(*filter(None, blockers.split(",")), *([PAYMENT_FAILED] if failed else [])),
            added=Added(count, int(amount or 0), count - with_amount),
            age=age,
            youngest=max(0, at - until) // DAY,
            oldest=max(0, at - first) // DAY,
        )
        for blockers, failed, age, count, amount, with_amount, first, until in counted
    ]


def who_acts(code: str) -> str:
    if code == PAYMENT_FAILED:
        return INVESTOR
    return BLOCKERS[code].who if code in BLOCKERS else UNKNOWN


def label_of(code: str) -> str:
    if code == PAYMENT_FAILED:
        return "Payment failed"
    return BLOCKERS[code].label if code in BLOCKERS else code


def line(scope: Scope, label: str, codes: tuple[str, ...], waiting: list[Waiting]) -> Line:
    oldest = max(waiting, key=lambda each: (each.youngest, each.oldest))
    counts = [sum(each.added.count for each in waiting if each.age == age) for age in range(len(AGE_WORDS))]
    said = ", ".join(f"{count:,} {words}" for count, words in zip(counts, AGE_WORDS, strict=True) if count)
    return Line(
        label,
        codes,
        total(each.added for each in waiting),
        link(scope, codes),
        days(oldest),
        oldest.youngest > OLD,
        charts.ages(counts, said),
        oldest.youngest,
    )


def link(scope: Scope, codes: tuple[str, ...]) -> str:
    """ "" where there are none, or more than an address can hold."""
    return scope.link(Slice(waits=codes)) if 0 < len(codes) <= MOST_CODES else ""


def days(oldest: Waiting) -> str:
    """An older one is known by its week."""
    first, last = oldest.youngest, oldest.oldest
    if not last:
        return "under a day"
    if first == last or (last - first == 1 and last <= OLD):
        return f"{last} day{'' if last == 1 else 's'}"
    return f"{first}–{last} days" if last < 10_000 else f"over {first} days"
