"""The overview: how much is raised, what is stuck, who must act. Its figures are facts, with their age; the last card asks
Issuance itself."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.cache import caches
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.disclaimers import states
from apps.investments.blockers import ISSUER
from apps.investments.listing import INVESTMENTS
from apps.jobs.models import Job
from apps.listing import (
    MARK,
    Deferred,
    ListRequest,
    Rendered,
    list_context,
    of_day,
    read_key_only,
    say_day,
    short_time,
    streamed,
)
from apps.tenants import label_cache
from apps.tenants.access import TenantRequest, for_member, head_asks_nothing
from apps.tenants.models import IssuanceKey
from apps.tenants.permissions import Permission, may, visible_classes
from apps.tenants.zones import zone_words
from apps.upstream import errors

from . import breakdown, cards, live, schedule, waits
from .models import Snapshot
from .scope import Scope

MOST_FOR_YOU = 5
PARTS = {
    "now": ("Now", "overview", ("started", "changed", "kyc")),
    "breakdown": ("Breakdown", "overview_breakdown", ("type", "requested")),
}
"""A part of the overview: its label, its URL's name, and what is counted live."""
FAILURES = {
    "no key": "Your team has no API key.",
    "key gone": "An API key was removed while we were reading.",
    "contradiction": "Issuance’s counts contradict each other: it counts more investments by week than in all.",
    "workers ended": "Reading was interrupted several times.",
}


@for_member(can=Permission.VIEW_INVESTMENTS)
@head_asks_nothing
@require_safe
def overview(request: TenantRequest, part: str = "now") -> HttpResponseBase:
    """The page a person lands on. Who may see none of its figures lands on the investments. `part`: of PARTS."""
    if not may(request.role, Permission.VIEW_OVERVIEW):
        return redirect("investment_list", request.tenant.slug)
    list_request = read_key_only(request, INVESTMENTS, also=("offering",))
    tabs = [
        (label, reverse(name, args=[request.tenant.slug]), each == part) for each, (label, name, _) in PARTS.items()
    ]
    here = next(href for _, href, is_current in tabs if is_current)
    context = list_context(list_request) | {
        "for_you": for_you(request),
        "overview_url": here,
        "list_url": here,
        "part": part,
    }
    if list_request.query.problems:
        return render(request, "overview/overview.html", context, status=list_request.query.status)
    if not list_request.key:
        return render(request, "overview/overview.html", context)
    scope = scope_of(list_request)
    schedule.look(request.tenant, list_request.now)
    context |= narrowing(scope) | age(scope)
    context["tabs"] = [(label, scope.at(href), is_current) for label, href, is_current in tabs]
    if scope.snapshot.as_of is None:
        return render(request, "overview/overview.html", context)
    parts = [
        Deferred(
            None, lambda: Rendered(render_to_string(f"overview/_{part}.html", context | settled(scope, part), request))
        )
    ]
    if "live" in cards.shown(request.visible_classes):
        pending = live.begin(list_request, scope, PARTS[part][2])
        drawn = "overview/_live.html"
        parts.append(
            Deferred(pending, lambda: Rendered(render_to_string(drawn, context | live.shown(pending, scope), request)))
        )
    marks = dict(zip(("figures", "live"), [MARK] * len(parts), strict=False))
    return streamed(render_to_string("overview/overview.html", context | marks, request), *parts)


def scope_of(list_request: ListRequest) -> Scope:
    request, query = list_request.request, list_request.query
    snapshot = Snapshot.objects.filter(tenant=request.tenant).first() or Snapshot(tenant=request.tenant)
    keys = [key for key in list_request.keys if isinstance(key, IssuanceKey)]
    chosen = next((key for key in keys if key.slug == query.key), None) if query.key else None
    offering = query.filters.get("offering", "")
    return Scope(
        request.tenant, request.role, snapshot, keys, list_request.zone, chosen, int(offering) if offering else None
    )


def narrowing(scope: Scope) -> dict[str, Any]:
    """What the page may be narrowed to."""
    number = len(scope.answers)
    whole = replace(scope, offering=None)
    offerings = [
        (each, str(terms.get("name") or f"Offering {each}")) for each, terms in whole.offerings.items() if each
    ]
    return {
        "scope": scope,
        "offerings": sorted(offerings, key=lambda each: each[1]),
        "seen": f"{number:,} offering{'' if number == 1 else 's'}",
    }


def age(scope: Scope) -> dict[str, Any]:
    """As of when the sums are, and what keeps newer ones."""
    snapshot, job = scope.snapshot, schedule.open_job(scope.tenant)
    failed: Mapping[str, Any] = snapshot.failed
    return {
        "as_of": time_words(snapshot.as_of, scope) if snapshot.as_of else "",
        "as_of_day": say_day(scope.today) if snapshot.as_of else "",
        "job": job,
        "progress_words": progress_words(job),
        "failed": failure(failed) if failed and not job else "",
        "failed_at": short_time(datetime.fromisoformat(failed["at"]), scope.zone) if failed else "",
        "is_doubtful": snapshot.held.get("is_doubtful"),
        "left_out": left_out(snapshot),
        "is_of_others": bool(snapshot.as_of) and schedule.is_of_others(scope.tenant, snapshot, scope.keys),
    }


def time_words(at: datetime, scope: Scope) -> str:
    """8:30 AM, with its day if that is not today."""
    local = at.astimezone(scope.zone)
    is_today = local.date() == datetime.now(scope.zone).date()
    return of_day(local) if is_today else short_time(at, scope.zone)


def left_out(snapshot: Snapshot) -> int:
    """Rows that are counted by Issuance and cannot be added up."""
    return sum(sum(key["left_out"].values()) for key in snapshot.held.get("keys", {}).values())


def progress_words(job: Job | None) -> str:
    if job is None:
        return ""
    return (
        f"{job.steps:,} of {job.of:,} investments"
        if job.of
        else "Waiting to start"
        if not job.started_at
        else "Starting"
    )


def failure(failed: Mapping[str, Any]) -> str:
    if failed.get("code") == "upstream" and (error := errors.again(failed["error"])):
        return errors.outside_lists(error)
    return FAILURES.get(str(failed.get("code")), "Something went wrong on our side.")


KEPT = 3600
"""Seconds for which sums of a snapshot are kept; a newer snapshot has others."""
READINGS = 3
"""Of all sums, until no pass has ended between the first and the last of them."""


def settled(scope: Scope, part: str) -> dict[str, Any]:
    """All figures of one moment. Sums are several queries, and a pass may end between two of them."""
    for _ in range(READINGS):
        found = figures(scope, part)
        now = Snapshot.objects.get(pk=scope.snapshot.pk)
        if now.number == scope.snapshot.number:
            return found
        scope = replace(scope, snapshot=now)
    return found | {"is_moving": True}


def figures(scope: Scope, part: str) -> dict[str, Any]:
    """Of one snapshot, so kept as long as it is: sums and links alone. Over many facts they take tenths of a second."""
    name = ":".join(map(str, (scope.tenant.pk, scope.role, part, scope.snapshot.number, *scope.identity)))
    found: dict[str, Any] | None = caches["counts"].get(name)
    if found is None:
        found = breakdown_of(scope) if part == "breakdown" else now(scope)
        caches["counts"].set(name, found, KEPT)
    return found | age(scope) | {"scope": scope, "shown": cards.shown(visible_classes(scope.role))}


def breakdown_of(scope: Scope) -> dict[str, Any]:
    zone = zone_words(ZoneInfo(scope.snapshot.zone))
    shares = breakdown.methods_and_sizes(scope)
    return shares | {"cohorts": breakdown.cohorts(scope), "cohort_zone": zone, "pace": breakdown.pace(scope)}


def now(scope: Scope) -> dict[str, Any]:
    facts = cards.read(scope)
    statuses = {code: label for key in scope.counted_keys for code, label in label_cache.known(key).statuses.items()}
    raised, needs = cards.raised(facts), waits.needs(scope)
    return {
        "raised": [each for each in raised if each.is_binding],
        "testing": [each for each in raised if not each.is_binding],
        "needs": needs,
        "your_team": next((party.line.added for party in needs.parties if party.who == ISSUER), None),
        "recent": [(length, *cards.recent(facts, length)) for length in (7, 28)],
        "by_week": cards.by_week(facts),
        "stands": cards.stands(facts, statuses),
    }


def for_you(request: TenantRequest) -> dict[str, Any]:
    """What waits for this person, from what is kept here. A part that cannot be read says so."""
    found: list[tuple[str, str, str, str]] = []
    if may(request.role, Permission.VIEW_DISCLAIMERS):
        held = list(request.tenant.disclaimers.select_related("live").defer("live__text", "drift_text", "notes"))
        for each, status in zip(held, states.statuses_of(held, request.tenant, request.user), strict=True):
            if status.is_yours:
                href = reverse("disclaimer_detail", args=[request.tenant.slug, each.pk])
                found.append((str(each.title), status.sentence, href, "document"))
    if may(request.role, Permission.MANAGE_CONNECTIONS):
        href = reverse("connection_list", args=[request.tenant.slug])
        refused = [key for key in request.known.rows("keys") if key.state == "refused"]
        found += [(f"API key “{key.label}”", "Rejected by Issuance", href, "connection") for key in refused]
    return {"things": found[:MOST_FOR_YOU], "more": max(0, len(found) - MOST_FOR_YOU)}


@for_member(can=Permission.VIEW_OVERVIEW)
@require_safe
def progress(request: TenantRequest) -> HttpResponse:
    """How far a pass is: a fragment, which becomes the page again when it has ended."""
    job = schedule.open_job(request.tenant)
    if job is None and request.htmx:
        return HttpResponseClientRefresh()
    return render(request, "overview/_progress.html", {"job": job, "progress_words": progress_words(job)})


@for_member(can=Permission.VIEW_OVERVIEW)
@require_POST
def update(request: TenantRequest) -> HttpResponse:
    """Reads now what has changed."""
    if not request.known.rows("keys"):
        messages.error(request, FAILURES["no key"])
    elif not schedule.begin(request.tenant, request.user, is_whole=False):
        messages.info(request, "We’re already reading what changed.")
    return HttpResponseRedirect(reverse("overview", args=[request.tenant.slug]))
