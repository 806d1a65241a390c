"""The pages that shape the list: add a filter, count choices, ask whether rows are newer, choose columns, keep views."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from apps.audit.record import record
from apps.listing import adding, columns, counting, saved
from apps.listing.bar import ticked, with_tallies
from apps.listing.filters import Control, Filter
from apps.listing.models import Density
from apps.listing.pages import page_or_fragment
from apps.tenants import connections
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.models import IssuanceKey
from apps.tenants.permissions import DataClass, Permission, may
from apps.upstream import errors

from . import reading, showing
from .listing import INVESTMENTS
from .reading import Asking

MOST_TICKED = 100


@for_member(can=Permission.VIEW_INVESTMENTS)
@require_safe
def filter_add(request: TenantRequest, field: str = "", operator: str = "") -> HttpResponseBase:
    """Which field, then which operator, then the value; asks nothing upstream."""
    asking = reading.read(request)
    if asking.query.problems:
        return refusal(request, asking)
    declared = may_filter(request, field) if field else None
    context = showing.around(request, asking) | {"fields": adding.fields(request, INVESTMENTS, asking.query, field)}
    if declared:
        words = asking.names.offerings
        form = adding.asking_for(request, INVESTMENTS, asking.query, asking.zone, words, declared, operator)
        if form is None:
            raise Http404
        context |= form
    return page_or_fragment(request, "investments/filter.html", {"adder": "components/adder.html"}, context)


@for_member(can=Permission.VIEW_INVESTMENTS)
@require_safe
def filter_values(request: TenantRequest, field: str) -> HttpResponse:
    """What a field holds, to choose from while typing: a fragment. It is investors' data, so it is recorded and not kept."""
    declared, asking = may_filter(request, field), reading.read(request)
    context: dict[str, Any] = {"declared": declared, "several": request.GET.get("several")}
    if not asking.key:
        return render(request, "components/values.html", context)
    try:
        found = connections.issuance(asking.key, request.request_id).investment_values(field).result()
    except errors.UpstreamError as error:
        connections.note_failure(asking.key, error)
        return render(request, "components/values.html", context | {"error": error})
    record("values listed", actor=request.user, tenant=request.tenant.id, filter=field, count=len(found))
    return render(request, "components/values.html", context | {"values": found[:MOST_TICKED], "all": len(found)})


@for_member(can=Permission.VIEW_INVESTMENTS)
@require_safe
def filter_counts(request: TenantRequest, field: str) -> HttpResponseBase:
    """How many rows each choice of one menu would show beside the other filters."""
    declared, asking = may_filter(request, field), reading.read(request)
    if asking.query.problems or not asking.key:
        return refusal(request, asking)
    labels = declared.choices or (asking.names.offerings if declared.control is Control.OFFERING else {})
    asked = ticked(declared, asking.query, labels)
    found = counted(request, asking.key, [reading.narrowed(asking, declared, choice.value) for choice in asked.choices])
    context = showing.around(request, asking) | {
        "asked": with_tallies(asked, ["?" if each.number is None else f"{each.number:,}" for each in found]),
        "counted_at": min((each.at for each in found), default=asking.now).astimezone(asking.zone),
        "kept": asking.query.kept(declared.name, asked.names[0]),
    }
    fragments = {f"c-{asked.names[0]}": "components/choices.html"}
    return page_or_fragment(request, "investments/counts.html", fragments, context)


def counted(request: TenantRequest, key: IssuanceKey, params: list[dict[str, str]]) -> list[counting.Count]:
    try:
        api = connections.issuance(key, request.request_id)
    except errors.UpstreamError as error:
        connections.note_failure(key, error)
        return [counting.Count(None, datetime.now(UTC)) for _ in params]
    prefix = f"{request.tenant.id}:{request.role.value}:{key.id}"
    return counting.counts(replace(api, tries=1).list_investments, params, prefix)


@for_member(can=Permission.VIEW_INVESTMENTS)
@require_safe
def newer(request: TenantRequest, since: int) -> HttpResponse:
    """How many rows of this list changed since a second of the API's clock: a fragment, asked for once a minute."""
    asking = reading.read(request)
    if asking.query.problems or not asking.key or DataClass.PLAIN not in request.sight:
        return HttpResponse()
    try:
        asked_from = datetime.fromtimestamp(since, UTC)
    except (ValueError, OverflowError, OSError):
        raise Http404 from None
    found = counted(request, asking.key, [reading.changed_since(asking, asked_from)])[0]
    context = showing.around(request, asking) | {"found": found, "at": found.at.astimezone(asking.zone)}
    return render(request, "components/newer.html", context)


@for_member(can=Permission.VIEW_INVESTMENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def choose_columns(request: TenantRequest) -> HttpResponse:
    """Which columns, in which order, how dense: each step is saved at once for this person."""
    asking = reading.read(request)
    if asking.query.problems:
        return refusal(request, asking)
    owned = columns.preference(request, INVESTMENTS)
    shown = columns.chosen(INVESTMENTS, asking.query, owned.columns, request.sight)
    names = [column.name for column in shown]
    if request.method == "POST":
        action, _, name = request.POST.get("step", "").partition(" ")
        if name and INVESTMENTS.classes.get(name, DataClass.UNKNOWN) not in request.sight:
            raise Http404
        density = request.POST.get("density", "")
        names = [] if action == "reset" else columns.changed(names, action, name)
        columns.save(request, INVESTMENTS, names, density if density in Density.values else owned.density)
        return HttpResponseRedirect(request.path + replace(asking.query, cols=()).address)
    others = [column for column in columns.offered(INVESTMENTS, request.sight) if column.name not in names]
    looks = [(value, label, value == owned.density) for value, label in Density.choices]
    context = {"shown": shown, "others": others, "looks": looks, "is_of_the_address": bool(asking.query.cols)}
    return render(request, "investments/columns.html", showing.around(request, asking) | context)


@for_member(can=Permission.VIEW_INVESTMENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def keep_views(request: TenantRequest) -> HttpResponse:
    """Saves what the address asks under a name, changes or removes a view; lists those there are."""
    asking = reading.read(request)
    if asking.query.problems:
        return refusal(request, asking)
    context, status = showing.around(request, asking), 200
    if request.method == "POST":
        try:
            return act_on_views(request, asking)
        except saved.NotSaved as error:
            context |= {"error": str(error), "typed": request.POST.get("name", "")}
            status = 400
    every = saved.tabs(request, INVESTMENTS, asking.zone, asking.now)
    context |= {
        "views": [(view, saved.address(view), saved.may_change(request, view)) for view in every],
        "chips": showing.spoken_filters(asking),
        "may_share": may(request.role, Permission.SHARE_VIEWS),
    }
    return render(request, "investments/views.html", context, status=status)


def act_on_views(request: TenantRequest, asking: Asking) -> HttpResponse:
    """`save`, `change` or `remove`. Raises saved.NotSaved, and Http404 for a view that is not there."""
    action, slug = request.POST.get("action", ""), request.POST.get("view", "")
    if action == "save":
        name, is_the_teams = request.POST.get("name", ""), request.POST.get("whose") == "team"
        view = saved.save(request, INVESTMENTS, asking.query, name, is_the_teams=is_the_teams)
        messages.success(request, f"Saved as “{view.name}”. Its address can be sent.")
        return HttpResponseRedirect(showing.list_url(request) + saved.address(view))
    found = saved.find(request, INVESTMENTS, slug)
    if found is None:
        raise Http404
    if action == "remove":
        saved.remove(request, found)
        messages.success(request, f"“{found.name}” was removed.")
        return HttpResponseRedirect(urlsplit(request.get_full_path()).path + replace(asking.query, view="").address)
    saved.change(request, found, asking.query)
    messages.success(request, f"“{found.name}” now asks what you see here.")
    return HttpResponseRedirect(showing.list_url(request) + saved.address(found))


def may_filter(request: TenantRequest, field: str) -> Filter:
    """Raises Http404 for a field that there is not, or that the role may not ask."""
    declared = INVESTMENTS.filter(field)
    if declared is None or not adding.may_be_asked(declared, request.sight):
        raise Http404
    return declared


def refusal(request: TenantRequest, asking: Asking) -> HttpResponse:
    status = asking.query.status if asking.query.problems else 409
    return render(request, "investments/list.html", showing.frame(request, asking), status=status)
