"""The views that every listing has: the list, adding a filter, counting choices, newer rows, columns,
saved views."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from apps.audit.actions import Action
from apps.audit.record import record
from apps.tenants import connections
from apps.tenants.access import TenantRequest, head_asks_nothing
from apps.tenants.permissions import DataClass, Permission
from apps.upstream import errors

from .fetch import counts as counting
from .fetch.lists import begin_list, changed_since, narrowed
from .fetch.row import RowDetail, find_row
from .keep import columns, saved
from .models import Density
from .query.chips import chips
from .query.list_request import ListRequest, for_one_key
from .reading import read_request
from .schema.filters import Filter
from .schema.listing import Listing
from .show import add_filter, context, links, results
from .show.bar import choosable, with_tallies
from .show.pages import page_or_fragment, to_canonical
from .show.streaming import Deferred
from .values import clock

FRAGMENTS = {"listing": "listing/_listing_alone.html"}
MOST_TICKED = 100
MOST_OFFERED = 1_000


@head_asks_nothing
@require_safe
def row_list(request: TenantRequest, listing: Listing) -> HttpResponseBase:
    """The list. Whatever cannot be asked is refused in words, and nothing is sent upstream."""
    list_request = read_request(request, listing)
    if list_request.query.problems:
        given = context.list_context(list_request) | add_filter.redisplay(list_request)
        return page_or_fragment(request, "listing/list.html", FRAGMENTS, given, status=list_request.query.status)
    if redirect := to_canonical(list_request):
        return redirect
    pending = begin_list(list_request)  # first, so that the rest overlaps
    given = context.list_context(list_request)
    return page_or_fragment(
        request,
        "listing/list.html",
        FRAGMENTS,
        given,
        deferred=Deferred(pending, lambda: results.rows(list_request, given, pending)) if pending else None,
        address=list_request.query.address,
    )


def row_detail(
    request: TenantRequest,
    listing: Listing,
    number: int,
    template: str,
    describe: Callable[[ListRequest, RowDetail], dict[str, Any]],
    beside: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The detail page: what `describe` makes of the row, or a panel. `beside`: context that needs no row."""
    list_request = read_request(request, listing)
    if list_request.query.problems or not list_request.key:
        status = list_request.query.status if list_request.query.problems else 200
        return render(request, "listing/list.html", context.list_context(list_request), status=status)
    given = context.page_context(list_request) | {"number": number, **(beside or {})}
    try:
        one = find_row(list_request, number)
    except errors.Missing:
        return render(request, "listing/missing.html", given, status=404)
    except errors.UpstreamError as error:
        return render(request, template, given | {"error": error})
    return render(request, template, given | describe(list_request, one))


@require_safe
def filter_add(request: TenantRequest, listing: Listing, field: str = "", operator: str = "") -> HttpResponseBase:
    """The steps of adding a filter: field, operator, value. Asks nothing upstream."""
    list_request = read_request(request, listing)
    if list_request.query.problems:
        return refusal(list_request)
    declared = may_filter(list_request, field) if field else None
    given = context.page_context(list_request) | {"fields": add_filter.fields(list_request, field)}
    if declared:
        form = add_filter.form(list_request, declared, operator)
        if form is None:
            raise Http404
        given |= form
    return page_or_fragment(request, "listing/filter.html", {"adder": "components/adder.html"}, given)


@head_asks_nothing
@require_safe
def filter_values(request: TenantRequest, listing: Listing, field: str) -> HttpResponse:
    """A field's values, to choose from while typing: a fragment. They are investors' data, so this is recorded, and
    they are not cached."""
    list_request = read_request(request, listing)
    declared = may_filter(list_request, field)
    given: dict[str, Any] = {"declared": declared, "several": request.GET.get("several")}
    if not list_request.key or not listing.values:
        return render(request, "components/values.html", given)
    try:
        found = listing.values(connections.issuance(list_request.key, request.request_id), field).result()
    except errors.UpstreamError as error:
        connections.note_failure(list_request.key, error)
        return render(request, "components/values.html", given | {"error": error})
    record(Action.VALUES_LISTED, actor=request.user, tenant=request.tenant.id, filter=field, count=len(found))
    return render(
        request,
        "components/values.html",
        given | {"values": found[: MOST_TICKED if given["several"] else MOST_OFFERED], "all": len(found)},
    )


@head_asks_nothing
@require_safe
def filter_counts(request: TenantRequest, listing: Listing, field: str) -> HttpResponseBase:
    """How many rows each choice of a menu would show together with the other filters."""
    list_request = for_one_key(read_request(request, listing), "A count")
    declared = may_filter(list_request, field)
    if list_request.query.problems or not list_request.key:
        return refusal(list_request)
    control = choosable(list_request, declared)
    found = counted(list_request, [narrowed(list_request, declared, choice.value) for choice in control.choices])
    note_counted(list_request, field)
    given = context.page_context(list_request) | {
        "control": with_tallies(control, ["?" if each.number is None else f"{each.number:,}" for each in found]),
        "counted_at": clock(min((each.at for each in found), default=list_request.now), list_request.zone),
        "kept": list_request.query.kept(declared.name, control.names[0]),
    }
    fragments = {f"c-{control.names[0]}": "components/choices.html"}
    return page_or_fragment(request, "listing/counts.html", fragments, given)


def note_counted(list_request: ListRequest, field: str) -> None:
    """How many there are under a filter tells of investors too."""
    filters = list(list_request.query.filters)
    record(
        Action.ROWS_COUNTED,
        actor=list_request.person,
        tenant=list_request.tenant.id,
        list=list_request.listing.plural,
        filter=field,
        filters=filters,
    )


def counted(list_request: ListRequest, params: list[dict[str, str]]) -> list[counting.Count]:
    listing, key = list_request.listing, list_request.key
    if key is None:
        return [counting.Count(None, datetime.now(UTC)) for _ in params]
    try:
        api = replace(connections.issuance(key, list_request.request.request_id), tries=1)
    except errors.UpstreamError as error:
        connections.note_failure(key, error)
        return [counting.Count(None, datetime.now(UTC)) for _ in params]
    prefix = f"{list_request.tenant.id}:{list_request.request.role.value}:{key.id}:{listing.name}"
    return counting.counts(lambda asked: listing.fetch_page(api, asked), params, prefix)


@head_asks_nothing
@require_safe
def newer(request: TenantRequest, listing: Listing, since: int) -> HttpResponse:
    """How many rows of this list changed since a second of the API's clock: a fragment, polled once a minute."""
    list_request = read_request(request, listing)
    may_ask = DataClass.PLAIN in request.visible_classes and links.CHANGED in listing.parameters
    if list_request.query.problems or not list_request.key or not may_ask:
        return HttpResponse()
    try:
        asked_from = datetime.fromtimestamp(since, UTC)
        params = changed_since(list_request, asked_from)
    except (ValueError, OverflowError, OSError):
        raise Http404 from None
    found = counted(list_request, [params])[0]
    if found.number:  # a poll that tells nothing tells of no one
        note_counted(list_request, links.CHANGED)
    given = context.page_context(list_request) | {"found": found, "at": clock(found.at, list_request.zone)}
    return render(request, "components/newer.html", given)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_columns(request: TenantRequest, listing: Listing) -> HttpResponseBase:
    """Which columns, in which order, at which density, saved for this person: step by step on a page of its own, or all
    ticks at once (`choose`) in the list's popover, which the list follows."""
    list_request = read_request(request, listing)
    if list_request.query.problems:
        return refusal(list_request)
    owned = columns.preference(list_request)
    shown = columns.chosen(list_request, owned.columns)
    names = [column.name for column in shown]
    if request.method == "POST":
        action, _, name = request.POST.get("step", "").partition(" ")
        if name and listing.schema.data_class(name) not in request.visible_classes:
            raise Http404
        density = request.POST.get("density", "")
        if action == "choose":
            may_see = {column.name for column in columns.offered(listing, request.visible_classes)} | {*names}
            names = columns.ticked(names, [each for each in request.POST.getlist("columns") if each in may_see])
        else:
            names = [] if action == "reset" else columns.changed(names, action, name)
        columns.save(list_request, names, density if density in Density.values else owned.density)
        without = replace(list_request.query, cols=()).address
        here = list_request.list_url if "density" in request.POST and "step" in request.POST else request.path
        return HttpResponseRedirect(f"{here}{without}{f'#c-{name}' if name else ''}")
    others = [column for column in columns.offered(listing, request.visible_classes) if column.name not in names]
    looks = [(value, label, value == owned.density) for value, label in Density.choices]
    chosen = {"shown": shown, "others": others, "looks": looks, "is_of_the_address": bool(list_request.query.cols)}
    given = context.page_context(list_request) | chosen
    return page_or_fragment(request, "listing/columns.html", {"columns": "listing/_columns.html"}, given)


@require_http_methods(["GET", "HEAD", "POST"])
def keep_views(request: TenantRequest, listing: Listing) -> HttpResponse:
    """Saves the address under a name, changes or removes a view, and lists those there are."""
    list_request = read_request(request, listing)
    if list_request.query.problems:
        return refusal(list_request)
    given, status = context.page_context(list_request), 200
    if request.method == "POST":
        try:
            return act_on_views(list_request)
        except saved.NotSaved as error:
            given |= {"error": str(error), "typed": request.POST.get("name", "")}
            status = 400
    every = saved.tabs(list_request)
    given |= {
        "views": [(view, saved.address(listing, view), saved.may_change(list_request, view)) for view in every],
        "chips": chips(list_request),
        "may_share": list_request.may(Permission.SHARE_VIEWS),
    }
    return render(request, "listing/views.html", given, status=status)


def act_on_views(list_request: ListRequest) -> HttpResponse:
    """`save`, `change` or `remove`. Raises saved.NotSaved, and Http404 for an unknown view."""
    request = list_request.request
    action, slug = request.POST.get("action", ""), request.POST.get("view", "")
    if action == "save":
        is_the_teams = request.POST.get("whose") == "team"
        view = saved.save(keepable(list_request), request.POST.get("name", ""), is_the_teams=is_the_teams)
        messages.success(request, f"View “{view.name}” saved. You can share its link.")
        return HttpResponseRedirect(links.view(list_request, view))
    found = saved.find(list_request, slug)
    if found is None:
        raise Http404
    if action == "remove":
        saved.remove(list_request, found)
        messages.success(request, f"View “{found.name}” deleted.")
        without = replace(list_request.query, view="").address
        return HttpResponseRedirect(urlsplit(request.get_full_path()).path + without)
    saved.change(keepable(list_request), found)
    messages.success(request, f"View “{found.name}” updated.")
    return HttpResponseRedirect(links.view(list_request, found))


def keepable(list_request: ListRequest) -> ListRequest:
    """The query with the columns that the person sees, unless the address names some or they are the default."""
    if list_request.query.cols:
        return list_request
    preferred = columns.preference(list_request).columns
    names = tuple(column.name for column in columns.chosen(list_request, preferred))
    usual = tuple(column.name for column in columns.chosen(list_request, ()))
    return list_request.with_query(replace(list_request.query, cols=() if names == usual else names))


def may_filter(list_request: ListRequest, field: str) -> Filter:
    """Raises Http404 for an unknown field, or one that the role may not ask."""
    declared = list_request.listing.filter(field)
    if declared is None or not add_filter.may_be_asked(declared, list_request.visible_classes):
        raise Http404
    return declared


def refusal(list_request: ListRequest) -> HttpResponse:
    """In a swap, only the words above the rows; else the whole page with them."""
    request, given = list_request.request, context.list_context(list_request)
    status = list_request.query.status if list_request.query.problems else 409
    if not request.htmx:
        return render(request, "listing/list.html", given, status=status)
    response = render(request, "listing/_refusal.html", given, status=status)
    response["HX-Retarget"], response["HX-Reswap"] = "#results", "innerHTML"
    return response
