"""What investors could read on a day: every text of the team that was in Tokeny, with its proof."""

from collections.abc import Iterable
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.listing import exact_time, ranges, short_time, values
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.models import Tenant
from apps.tenants.permissions import Permission
from apps.tenants.zones import zone_words

from . import history
from .history import NOWHERE, Period
from .models import Drift, Push, Version

DIFFERS = {
    Drift.CHANGED.value: "Another text than v{}: it was changed in Tokeny",
    Drift.GONE.value: "None: v{} was missing from Tokeny",
    Drift.HIDDEN.value: "None: v{} was unpublished in Tokeny",
    NOWHERE: "None here: the team’s sign-in led to another Tokeny",
}


class Line(NamedTuple):
    """One text during one period. `version`: None where what was public was no version of ours."""

    disclaimer: int
    title: str
    what: str
    first: str
    last: str
    version: Version | None
    approvals: list[str]
    receipt: str


@for_member(can=Permission.VIEW_DISCLAIMERS)
@require_safe
def live_on(request: TenantRequest) -> HttpResponse:
    tenant = request.tenant
    day, problem = values.day_or_today(request.GET.get("on", ""), tenant.zone)
    first, last = ranges.first_instant(day, tenant.zone), ranges.last_instant(day, tenant.zone)
    found = [
        (number, period)
        for number, periods in history.periods(tenant).items()
        for period in history.during(periods, first, last)
    ]
    context = {
        "day": day,
        "day_words": ranges.say_day(day),
        "problem": problem,
        "zone": zone_words(tenant.zone),
        "lines": lines(tenant, found),
    }
    return render(request, "disclaimers/live.html", context, status=400 if problem else 200)


def lines(tenant: Tenant, found: Iterable[tuple[int, Period]]) -> list[Line]:
    """By title, then by time."""
    found = list(found)
    disclaimers = tenant.disclaimers.defer("drift_text", "notes").in_bulk([number for number, _ in found])
    held = Version.objects.filter(disclaimer__in=disclaimers).defer("text").prefetch_related("reviews__person")
    versions = {(each.disclaimer_id, each.number): each for each in held}
    pushes = Push.objects.in_bulk([period.state.push for _, period in found if period.state.push])
    made = [
        line(
            tenant, number, disclaimers[number].title, period, versions.get((number, period.state.version or 0)), pushes
        )
        for number, period in found
        if number in disclaimers
    ]
    return sorted(made, key=lambda each: each.title.lower())


def line(
    tenant: Tenant, number: int, title: str, period: Period, version: Version | None, pushes: dict[int, Push]
) -> Line:
    differs, push = period.state.differs, pushes.get(period.state.push or 0)
    what = (
        DIFFERS.get(differs, DIFFERS[Drift.CHANGED.value]).format(period.state.version)
        if differs
        else f"v{period.state.version}"
    )
    shown = None if differs else version  # approvals and receipt prove this text alone
    approvals = [
        f"{review.person.called}, {short_time(review.at, tenant.zone)}"
        for review in (shown.reviews.all() if shown else ())
        if review.approves
    ]
    receipt = ""
    if shown and push and push.ended_at:
        is_same = push.read_back_sha256 == push.sha256
        receipt = f"Confirmed {exact_time(push.ended_at, tenant.zone)}{', read back byte for byte' if is_same else ''}"
    return Line(
        number, title, what, short_time(period.first, tenant.zone),
        short_time(period.last, tenant.zone) if period.last else "", shown, approvals, receipt,
    )  # fmt: skip
