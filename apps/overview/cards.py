"""The overview's cards as templates show them: figures with their links, and pictures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.safestring import SafeString

from apps.investments.fields import INVESTMENT
from apps.investments.listing import PARAMETERS, TONES
from apps.listing import ranges
from apps.tenants import label_cache
from apps.tenants.permissions import DataClass, Permission, may
from apps.upstream.issuance.contract import labels

from . import charts, figures, goals
from .figures import Added, Flow, Group, total
from .money import money
from .scope import Scope
from .slices import APPROVED, COUNTED, INVESTED, RECEIVED, Days, Slice
from .windows import WEEK, monday

PARTS = (
    ("Invested", INVESTED, "m1"),
    ("Approved, not yet invested", APPROVED, "m2"),
    ("Received, not approved", RECEIVED, "m3"),
)
"""The three honest parts of what was raised: the surer the money, the stronger its color."""
SPARK_WEEKS, CHART_WEEKS = 12, 27
TYPES = labels("OfferingType")
CARDS = {
    "raised": ("status", "amount", "offering", "received_at"),
    "needs": ("processing_issue_statuses", "status", "amount", "created_at"),
    "recent": ("status", "amount", "received_at", "invested_at", "refunded_at"),
    "weeks": ("status", "amount", "received_at", "invested_at"),
    "stands": ("status", "amount"),
    "methods": ("status", "amount", "payment_method"),
    "sizes": ("status", "amount"),
    "cohorts": ("status", "created_at"),
    "pace": ("status", "received_at", "invested_at"),
    "live": ("created_at", "investor__type", "investor__entity__kyc_status", "updated_at"),
}
"""A card -> the fields behind it. Who may not filter by one of them is not shown what it adds up to."""


def shown(visible_classes: frozenset[DataClass]) -> list[str]:
    return [card for card, names in CARDS.items() if {class_of(name) for name in names} <= visible_classes]


def class_of(name: str) -> DataClass:
    """Of a field, or of a filter that is no field."""
    if INVESTMENT.field(name):
        return INVESTMENT.data_class(name)
    return PARAMETERS[name][0].data_class if name in PARAMETERS else DataClass.UNKNOWN


class Figure(NamedTuple):
    """`share`: of the widest in its card, as a picture."""

    label: str
    added: Added
    href: str
    look: str = ""
    picture: SafeString | str = ""


@dataclass(frozen=True)
class Facts:
    """What all cards are made of, read once."""

    scope: Scope
    groups: list[Group]
    received: Flow
    invested: Flow
    refunded: Flow

    def added(self, statuses: Iterable[str] = (), offering: int | None = None) -> Added:
        wanted = {*statuses}
        return total(
            each.added
            for each in self.groups
            if (not wanted or each.status in wanted) and offering in (None, each.offering)
        )


def read(scope: Scope) -> Facts:
    return Facts(
        scope,
        figures.by_status(scope),
        figures.flow(scope, "received", COUNTED),
        figures.flow(scope, "invested", INVESTED),
        figures.flow(scope, "refunded", ("refunded",)),
    )


# raised


@dataclass(frozen=True)
class Raised:
    """An offering's card. `goals`, `a_day`, `deadline`: in words, as their functions say; `is_binding`: False for one that only tests the waters and has received nothing."""

    number: int
    name: str
    type: str
    href: str
    received: Figure
    parts: list[Figure]
    bar: SafeString
    spark: SafeString
    goals: list[tuple[str, str, str, str]]
    a_day: tuple[str, str]
    deadline: tuple[str, str, bool] | None
    started: Figure
    is_binding: bool


def raised(facts: Facts) -> list[Raised]:
    """The open ones first."""
    scope, order = facts.scope, ("opened", "paused", "pending", "incomplete", "")
    found = [
        (number, terms) for number, terms in scope.offerings.items() if terms or facts.added(offering=number).count
    ]
    found.sort(key=lambda each: (order.index(s) if (s := each[1].get("status", "")) in order else len(order), each[0]))
    return [raised_by(facts, number, terms) for number, terms in found]


def raised_by(facts: Facts, number: int, terms: Mapping[str, Any]) -> Raised:
    scope = facts.scope
    flow, received = facts.received.of(number), facts.added(COUNTED, number)
    zone = label_cache.zone_of(label_cache.Labels({}, {}, {"own": terms.get("zone", "")}), "own", scope.zone)
    parts = [
        Figure(label, facts.added(statuses, number), scope.link(Slice(statuses), number), look)
        for label, statuses, look in PARTS
    ]
    aims = goals.goals(terms)
    name = str(terms.get("name") or (f"Offering {number}" if number else "No offering named"))
    told = "; ".join(
        [
            *(f"{part.label} {part.added.money}" for part in parts),
            *(f"{goal.label} {money(goal.amount)}" for goal in aims),
        ]
    )
    weeks = [monday(scope.today) - WEEK * back for back in reversed(range(SPARK_WEEKS))]
    is_over = monday(scope.today) + WEEK <= scope.today
    has_page = bool(terms) and may(scope.role, Permission.VIEW_OFFERINGS)
    every = facts.added(offering=number)
    today = scope.snapshot.as_of.astimezone(zone).date() if scope.snapshot.as_of else scope.today
    return Raised(
        number=number,
        name=name,
        type=TYPES.get(terms.get("type", ""), ""),
        href=reverse("offering_detail", args=[scope.tenant.slug, number]) if has_page else "",
        received=Figure("received in all", received, scope.link(Slice(COUNTED), number)),
        parts=parts,
        bar=charts.goal_bar(
            [charts.Part(part.added.amount, part.look) for part in parts],
            [goal.amount for goal in aims],
            f"{name}: {told}",
        ),
        spark=charts.columns([week.amount for week in flow.by_week(weeks)], 22, "spark", is_over=is_over, width="76"),
        goals=[goal_words(goal, flow, received) for goal in aims],
        a_day=a_day(aims, received, terms, today),
        deadline=deadline_words(terms, today),
        started=Figure("started", every, scope.link(Slice(), number)),
        is_binding=terms.get("type") != "test_the_waters" or received.count > 0,
    )


def goal_words(goal: goals.Goal, flow: Flow, received: Added) -> tuple[str, str, str, str]:
    """Label, amount, how far it is, and since when it is reached."""
    if received.amount < goal.amount:
        return goal.label, said(goal), f"{money(goal.amount - received.amount)} to go", ""
    is_dated = total(what for _, _, what in flow.moments).amount == received.amount
    day = flow.reached(goal.amount) if is_dated else None
    return goal.label, said(goal), "Reached", f"on {ranges.say_day(day)}" if day else ""


def said(goal: goals.Goal) -> str:
    return goals.short(goal.amount) or money(goal.amount)


def a_day(aims: Sequence[goals.Goal], received: Added, terms: Mapping[str, Any], today: date) -> tuple[str, str]:
    """What is needed until the deadline toward the next goal, and the goal; blanks where there is neither."""
    following = next((goal for goal in aims if goal.amount > received.amount), None)
    last = goals.deadline(terms)
    days = goals.days_left(last, today) if last else 0
    if not following or not days:
        return "", ""
    return money(goals.a_day(following.amount - received.amount, days)), following.toward


SOON = 30
"""Days."""


def deadline_words(terms: Mapping[str, Any], today: date) -> tuple[str, str, bool] | None:
    """Days left, the day, and whether it is soon."""
    last = goals.deadline(terms)
    if last is None:
        return None
    days = goals.days_left(last, today)
    words = "Today" if last == today else f"{days:,} day{'' if days == 1 else 's'}" if days else "Passed"
    return words, ranges.say_day(last), 0 < days <= SOON


# flows


class Span(NamedTuple):
    """What happened in some days, and in as many before."""

    label: str
    now: Added
    href: str
    before: Added
    before_href: str


def recent(facts: Facts, length: int) -> tuple[str, list[Span]]:
    """The last complete days, in words, and what happened in them."""
    scope = facts.scope
    last = scope.today - ranges.DAY
    days = Days(last - ranges.DAY * (length - 1), last)
    before = Days(days.first - ranges.DAY * length, days.first - ranges.DAY)
    flows = (
        ("Funds received", facts.received, "received", COUNTED),
        ("Invested", facts.invested, "invested", INVESTED),
        ("Refunded", facts.refunded, "refunded", ("refunded",)),
    )
    found = []
    for label, flow, name, statuses in flows:
        now, then = (flow.within(each.first, each.last) for each in (days, before))
        to_now, to_then = (scope.link(Slice(statuses, **{name: each})) for each in (days, before))  # type: ignore[arg-type]
        found.append(Span(label, now, to_now, then, to_then))
    return ranges.say_days(days.first, days.last), found


class WeekRow(NamedTuple):
    monday: date
    label: str
    received: Added
    received_href: str
    invested: Added
    invested_href: str
    in_all: Added
    is_over: bool


@dataclass(frozen=True)
class ByWeek:
    """`rows`: the newest first; `before`: received earlier than them; `undated`: counted, but no row says when it came;
    `later`: dated after the day of the facts; `goals`: that fit the scale, with their amounts in words."""

    rows: list[WeekRow]
    chart: SafeString | str
    before: Added
    undated: Added
    later: Added
    goals: list[tuple[str, str]]


def by_week(facts: Facts) -> ByWeek:
    scope = facts.scope
    this = monday(scope.today)
    firsts = [week for flow in (facts.received, facts.invested) if (week := flow.first_week())]
    first = max(min([*firsts, this]), this - WEEK * (CHART_WEEKS - 1))
    mondays = [first + WEEK * number for number in range((this - first).days // 7 + 1)]
    received, invested = (flow.by_week(mondays) for flow in (facts.received, facts.invested))
    before, rows = facts.received.before(first), []
    in_all = before
    for day, came, went in zip(mondays, received, invested, strict=True):
        in_all += came
        days, label = Days(day, day + WEEK - ranges.DAY), f"{ranges.MONTHS[day.month - 1]} {day.day}"
        to_received = scope.link(Slice(COUNTED, received=days))
        to_invested = scope.link(Slice(INVESTED, invested=days))
        rows.append(WeekRow(day, label, came, to_received, went, to_invested, in_all, day != this))
    dated = total(what for _, _, what in facts.received.moments)
    every = facts.added(COUNTED)
    aims = goals.goals(scope.offerings.get(scope.offering, {})) if scope.offering else []
    fit = within_scale(aims, in_all.amount)
    return ByWeek(
        rows=rows[::-1],
        chart=charts.by_week([picture(row) for row in rows], [goal.amount for goal in fit], ("col", "col-2"))
        if firsts
        else "",
        before=before,
        undated=Added(every.count - dated.count, every.amount - dated.amount, every.unread - dated.unread),
        later=facts.received.after(this + WEEK - ranges.DAY),
        goals=[(goal.label, said(goal)) for goal in fit],
    )


def within_scale(aims: Sequence[goals.Goal], amount: int) -> list[goals.Goal]:
    """Those reached, and the next: one far off would flatten all there is."""
    reached = [goal for goal in aims if goal.amount <= amount]
    following = [goal for goal in aims if goal.amount > amount and goal.amount <= 4 * max(amount, 1)][:1]
    return reached + following


def picture(row: WeekRow) -> charts.Week:
    so_far = "" if row.is_over else " so far"
    told = f"Week of {row.label}{so_far}: {row.received.money} received, {row.invested.money} invested, {row.in_all.money} received in all"
    return charts.Week(
        row.label, told, row.received_href, (row.received.amount, row.invested.amount), row.in_all.amount, row.is_over
    )


# as it stands


def stands(facts: Facts, statuses: Mapping[str, str]) -> tuple[list[Figure], Figure]:
    """Each status that there is, in Issuance's order, and all of them. `statuses`: code -> label."""
    scope = facts.scope
    codes = [*statuses, *sorted({each.status for each in facts.groups} - {*statuses})]
    found = [(code, facts.added([code])) for code in codes]
    widest = max([abs(added.amount) for _, added in found], default=0)
    lines = [
        Figure(
            statuses.get(code) or code or "No status",
            added,
            scope.link(Slice((code,))) if code else "",
            TONES.get(code, "gone"),
            charts.stage(added.amount, widest, LOOKS.get(code, "m3")),
        )
        for code, added in found
        if added.count
    ]
    return lines, Figure("investments", facts.added(), scope.link(Slice()))


LOOKS = {code: look for _, codes, look in PARTS for code in codes}
