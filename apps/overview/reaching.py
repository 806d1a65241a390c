"""What an offering has come to: each is told once, to who asked for it, when a pass first finds it."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse

from apps.listing import short_time
from apps.notices.models import Kind
from apps.notices.telling import tell
from apps.tenants import label_cache

from . import figures, goals
from .money import money
from .scope import Scope
from .slices import COUNTED

CLOSE = 90
"""Percent of the last goal."""
A_WEEK = 7


def reached(scope: Scope, at: datetime) -> dict[str, tuple[int, str, str]]:
    """What is so at that moment: key -> offering, words, and the money received. Of offerings that are not closed."""
    groups, found = figures.by_status(scope), {}
    for number, terms in scope.offerings.items():
        received = figures.total(each.added for each in groups if each.offering == number and each.status in COUNTED)
        aims = goals.goals(terms)
        for goal in aims:
            if received.amount >= goal.amount:
                found[f"goal:{number}:{goal.label}"] = (number, f"reached its {goal.label.lower()}", received.money)
        if aims and 100 * received.amount >= CLOSE * aims[-1].amount > 0:
            found[f"close:{number}"] = (number, f"has come to {CLOSE}% of {money(aims[-1].amount)}", received.money)
        last, today = goals.deadline(terms), at.astimezone(zone_of(terms.get("zone", ""), scope.zone)).date()
        days = goals.days_left(last, today) if last else 0
        if terms.get("status") == "opened" and 0 < days <= A_WEEK:
            words = "ends today" if last == today else f"ends in {figures.say_days(days)}"
            found[f"deadline:{number}:{last}"] = (number, words, received.money)
    return found


def zone_of(name: str, otherwise: ZoneInfo) -> ZoneInfo:
    return label_cache.zone_of(label_cache.Labels({}, {}, {"own": name}), "own", otherwise)


def tell_new(scope: Scope, at: datetime, before: Iterable[str] | None) -> list[str]:
    """Tells what was not so before; `before` None: nothing is known of it, so nothing is new. Returns all that ever was so."""
    now = reached(scope, at)
    if before is None:
        return sorted(now)
    for key in sorted({*now} - {*before}):
        number, words, received = now[key]
        name = scope.offerings[number].get("name", f"Offering {number}")
        subject = f"{scope.tenant.name}: {name} {words}"
        lines = [f"{received} received as of {short_time(at, scope.zone)}, neither canceled nor refunded."]
        path = f"{reverse('overview', args=[scope.tenant.slug])}?offering={number}"
        tell(scope.tenant, Kind.GOALS, key, subject, lines, path)
    return sorted({*now, *before})
