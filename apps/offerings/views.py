"""The offering detail page: settings, contradictions, investments by status, and public access."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.audit.actions import Action
from apps.audit.record import record
from apps.listing import (
    ListRequest,
    RowDetail,
    clock,
    find_row,
    links,
    list_context,
    page_context,
    page_or_fragment,
    read_request,
    row_detail,
    short_time,
)
from apps.listing import counts as counting
from apps.listing import detail as facts
from apps.tenants import connections, label_cache
from apps.tenants.access import TenantRequest, for_member, head_asks_nothing
from apps.tenants.models import IssuanceKey
from apps.tenants.permissions import Permission
from apps.tenants.zones import zone_words
from apps.upstream import errors
from apps.upstream.decode import Row

from . import checks, exposure
from .fields import TABS
from .listing import OFFERINGS
from .models import Exposure, ExposureCheck


@for_member(can=Permission.VIEW_OFFERINGS)
@head_asks_nothing
@require_safe
def offering_detail(request: TenantRequest, number: int, tab: str = next(iter(TABS))) -> HttpResponseBase:
    """All settings in tabs; previous and next within the list in the address."""
    if tab not in TABS:
        raise Http404

    def describe(list_request: ListRequest, one: RowDetail) -> dict[str, Any]:
        found = detail(list_request, one, number)
        return found | {"tabs": tabs(list_request, number, tab, found["groups"])}

    return row_detail(request, OFFERINGS, number, "offerings/detail.html", describe)


def detail(list_request: ListRequest, one: RowDetail, number: int) -> dict[str, Any]:
    row, zone = one.row, own_zone(one.row, list_request.zone)
    today = datetime.now(zone).date()
    look = facts.look(list_request, one)
    labels = {field.name: field.label for field in OFFERINGS.schema.fields}
    checked = ExposureCheck.objects.filter(tenant=list_request.tenant, offering=number).first()
    return facts.detail(list_request, one, number) | {
        "zones": links.zones(list_request, [str(number)]),
        "name": row.get("name"),
        "facts": facts.main_facts(list_request, row, look),
        "days_left": days_left(row.get("deadline_date"), today, zone),
        "broken": [(rule.sentence, [labels[name] for name in rule.fields]) for rule in checks.broken(row, today)],
        "unjudged": checks.unjudged(row),
        "rules": len(checks.RULES),
        "investments_url": investments_url(list_request.request, number, {}),
        "blocked_url": investments_url(list_request.request, number, {"processing_issue_statuses__contains": "_"}),
        "counts_url": reverse("offering_investments", args=[list_request.tenant.slug, number]) + key_of(one),
        "may_check": list_request.may(Permission.CHECK_EXPOSURE),
        "checked": checked,
        "checked_at": short_time(checked.at, list_request.zone) if checked else "",
        "explained": exposure.EXPLAINED[Exposure(checked.found)] if checked else "",
        "ask_issuance": exposure.ASK_ISSUANCE,
    }


@dataclass(frozen=True, slots=True)
class Tab:
    """Some sections of the settings. All are sent, and the one in use is shown: a search in the page and a printer find
    the others."""

    name: str
    label: str
    href: str
    is_current: bool
    groups: list[facts.Group]

    @property
    def count(self) -> int:
        return sum(len(group.facts) for group in self.groups)


def tabs(list_request: ListRequest, number: int, current: str, groups: list[facts.Group]) -> list[Tab]:
    first, found = next(iter(TABS)), []
    placed = {label for _, labels in TABS.values() for label in labels}
    for name, (label, labels) in TABS.items():
        held = [group for group in groups if group.label in labels or (name == first and group.label not in placed)]
        href = reverse("offering_settings", args=[list_request.tenant.slug, number, name])
        found.append(Tab(name, label, href + list_request.query.address, name == current, held))
    return found


def own_zone(row: Row, otherwise: ZoneInfo) -> ZoneInfo:
    known = label_cache.Labels({}, {}, {"own": str(row.get("default_timezone") or "")})
    return label_cache.zone_of(known, "own", otherwise)


def days_left(deadline: object, today: date, zone: ZoneInfo) -> str:
    """In words, counted in the offering's own zone; "" without a readable deadline."""
    try:
        left = (date.fromisoformat(str(deadline)) - today).days
    except ValueError:
        return ""
    if left < 0:
        return f"Passed {-left} day{'s' if left < -1 else ''} ago"
    return "Ends today" if left == 0 else f"{left} day{'s' if left > 1 else ''} left ({zone_words(zone)})"


def investments_url(request: TenantRequest, number: int, filters: Mapping[str, str]) -> str:
    address = urlencode({**filters, "offering": str(number)})
    return f"{reverse('investment_list', args=[request.tenant.slug])}?{address}"


STAGES = ("started", "received", "approved", "invested", "accepted", "accepted_escrow_closed")
"""The way of an investment that goes well; each other status stands beside it."""


def key_of(one: RowDetail) -> str:
    return f"?key={one.key.slug}"


@for_member(can=Permission.VIEW_OFFERINGS)
@head_asks_nothing
@require_safe
def offering_investments(request: TenantRequest, number: int) -> HttpResponseBase:
    """How many investments have each status; each number leads to exactly those rows."""
    list_request = read_request(request, OFFERINGS)
    if list_request.query.problems:
        return render(request, "listing/list.html", list_context(list_request), status=list_request.query.status)
    if not list_request.key or not any(key.offering(number) for key in list_request.keys):
        raise Http404
    try:
        api = connections.issuance(list_request.key, request.request_id)
        statuses = (
            label_cache.start(list_request.key, api)().statuses
            if isinstance(list_request.key, IssuanceKey)
            else label_cache.STATUSES
        )
        whole = {"offering": str(number)}
        asked = [whole, *({**whole, "status": status} for status in statuses)]
        prefix = f"{request.tenant.id}:{request.role.value}:{list_request.key.id}:offering"
        total, *found = counting.counts(api.list_investments, asked, prefix)
        record(
            Action.ROWS_COUNTED,
            actor=request.user,
            tenant=request.tenant.id,
            list="investments",
            filter="status",
            offering=number,
        )
    except errors.UpstreamError as error:
        connections.note_failure(list_request.key, error)
        total, found, statuses = None, [], {}
    rows = {
        status: (label, each.number, investments_url(request, number, {"status": status}))
        for (status, label), each in zip(statuses.items(), found, strict=True)
    }
    parts = [count for _, count, _ in rows.values()]
    in_all = total.number if total else None
    known = None if None in parts else sum(part or 0 for part in parts)
    context = page_context(list_request) | {
        "number": number,
        "stages": [rows.pop(status) for status in STAGES if status in rows],
        "beside": list(rows.values()),
        "total": in_all,
        "others": in_all - known if in_all is not None and known is not None else 0,
        "counted_at": clock(min(each.at for each in found), list_request.zone) if found else "",
        "here": request.path,
    }
    return page_or_fragment(request, "offerings/investments.html", {"by-status": "offerings/_by_status.html"}, context)


@for_member(can=Permission.CHECK_EXPOSURE)
@require_POST
def offering_exposure(request: TenantRequest, number: int) -> HttpResponse:
    """Checks public access now, and stores what was found, not the figures."""
    list_request = read_request(request, OFFERINGS)
    if not list_request.key:
        raise Http404
    here = reverse("offering_detail", args=[request.tenant.slug, number]) + list_request.query.address
    try:
        one = find_row(list_request, number)
        api = connections.issuance(one.key, request.request_id)
    except errors.Missing:
        raise Http404 from None
    except errors.UpstreamError as error:
        messages.error(request, errors.outside_lists(error))
        return HttpResponseRedirect(here)
    found, why = exposure.ask(api, number, str(one.row.get("slug") or ""))
    ExposureCheck.objects.create(
        tenant=request.tenant, offering=number, found=found, said=why[:200], actor=request.user
    )
    record(
        Action.EXPOSURE_CHECKED,
        actor=request.user,
        tenant=request.tenant.id,
        subject=f"offering:{number}",
        found=found.value,
    )
    say = messages.success if found == Exposure.NOTHING else messages.warning
    say(request, f"{exposure.EXPLAINED[found]} {why}".strip())
    return HttpResponseRedirect(f"{here}#exposure")
