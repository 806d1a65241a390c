"""The pages that every listing has: the list, its file, and those that shape it: add a filter, count choices, ask whether
rows are newer, choose columns, keep views."""

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
from apps.tenants.permissions import DataClass, Permission, may
from apps.upstream import errors

from . import adding, columns, counting, saved, showing, taking
from .asking import Asking, for_one_key, read
from .bar import choosable, with_tallies
from .calls import begin_list, changed_since, narrowed
from .csvfile import csv_text
from .filters import Filter
from .finding import One, find
from .listing import Listing
from .models import Density
from .pages import page_or_fragment, to_canonical
from .query import Query
from .streaming import Hole
from .values import clock

FRAGMENTS = {"listing": "listing/_listing_alone.html"}
MOST_TICKED = 100
MOST_OFFERED = 1_000


@head_asks_nothing
@require_safe
def row_list(request: TenantRequest, listing: Listing) -> HttpResponseBase:
    """The rows that the address asks for. What cannot be asked is refused in words, and nothing goes upstream."""
    asking = read(request, listing)
    if asking.query.problems:
        context = showing.frame(request, asking)
        context |= adding.again(request, asking.listing, asking.query, asking.zone, asking.offerings)
        return page_or_fragment(request, "listing/list.html", FRAGMENTS, context, status=asking.query.status)
    if redirect := to_canonical(request, asking.query):
        return redirect
    underway = begin_list(request, asking)  # first, so that the rest overlaps
    context = showing.frame(request, asking)
    return page_or_fragment(
        request,
        "listing/list.html",
        FRAGMENTS,
        context,
        hole=Hole(underway, lambda: showing.rows(request, asking, context, underway)) if underway else None,
        address=asking.query.address,
    )


def row_detail(
    request: TenantRequest,
    listing: Listing,
    number: int,
    template: str,
    describe: Callable[[Asking, One], dict[str, Any]],
    beside: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """One row's page: what `describe` makes of it, or the panel in its place. `beside`: what needs no row."""
    asking = read(request, listing)
    if asking.query.problems or not asking.key:
        status = asking.query.status if asking.query.problems else 200
        return render(request, "listing/list.html", showing.frame(request, asking), status=status)
    context = showing.around(request, asking) | {"number": number, **(beside or {})}
    try:
        one = find(request, number, asking, asking.key)
    except errors.Missing:
        return render(request, "listing/missing.html", context, status=404)
    except errors.UpstreamError as error:
        return render(request, template, context | {"error": error})
    return render(request, template, context | describe(asking, one))


@head_asks_nothing
@require_safe
def row_csv(request: TenantRequest, listing: Listing) -> HttpResponseBase:
    """The filtered list as a file: the page's columns in its order, up to 1,000 rows; what is missing is said in it."""
    asking = for_one_key(read(request, listing), "A file")
    if asking.query.problems or not asking.key:
        return refusal(request, asking)
    try:
        taken = taking.take(request, listing, asking.key, asking.query)
    except errors.UpstreamError as error:
        context = showing.frame(request, asking)
        return render(request, "listing/list.html", context | {"hole": showing.panel(context, error)}, status=502)
    preferred = columns.preference(request, listing).columns
    shown = columns.chosen(listing, asking.query, preferred, request.sight)
    names = [column.name for column in shown]
    showing.seen(request, listing, Action(f"{listing.plural} exported"), taken.rows, columns=names)
    what = f"{listing.plural}-{asking.key.slug}" if len(asking.keys) > 1 else listing.plural
    headers = {"Content-Disposition": f'attachment; filename="{taken.filename(what)}"'}
    text = csv_text(shown, taken.rows, showing.shown(request, asking, taken.names), taken.note)
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
def filter_add(request: TenantRequest, listing: Listing, field: str = "", operator: str = "") -> HttpResponseBase:
    """Which field, then which operator, then the value; asks nothing upstream."""
    asking = read(request, listing)
    if asking.query.problems:
        return refusal(request, asking)
    listing = asking.listing
    declared = may_filter(request, listing, field) if field else None
    context = showing.around(request, asking) | {"fields": adding.fields(request, listing, asking.query, field)}
    if declared:
        words = asking.offerings
        form = adding.asking_for(request, listing, asking.query, asking.zone, words, declared, operator)
        if form is None:
            raise Http404
        context |= form
    return page_or_fragment(request, "listing/filter.html", {"adder": "components/adder.html"}, context)


@head_asks_nothing
@require_safe
def filter_values(request: TenantRequest, listing: Listing, field: str) -> HttpResponse:
    """What a field holds, to choose from while typing: a fragment. It is investors' data, so it is recorded and not kept."""
    declared, asking = may_filter(request, listing, field), read(request, listing)
    context: dict[str, Any] = {"declared": declared, "several": request.GET.get("several")}
    if not asking.key or not listing.values:
        return render(request, "components/values.html", context)
    try:
        found = listing.values(connections.issuance(asking.key, request.request_id), field).result()
    except errors.UpstreamError as error:
        connections.note_failure(asking.key, error)
        return render(request, "components/values.html", context | {"error": error})
    record(Action.VALUES_LISTED, actor=request.user, tenant=request.tenant.id, filter=field, count=len(found))
    return render(
        request,
        "components/values.html",
        context | {"values": found[: MOST_TICKED if context["several"] else MOST_OFFERED], "all": len(found)},
    )


@head_asks_nothing
@require_safe
def filter_counts(request: TenantRequest, listing: Listing, field: str) -> HttpResponseBase:
    """How many rows each choice of one menu would show beside the other filters."""
    asking = for_one_key(read(request, listing), "A count")
    declared = may_filter(request, asking.listing, field)
    if asking.query.problems or not asking.key:
        return refusal(request, asking)
    asked = choosable(declared, asking.query, asking.offerings)
    found = counted(request, asking, [narrowed(asking, declared, choice.value) for choice in asked.choices])
    context = showing.around(request, asking) | {
        "asked": with_tallies(asked, ["?" if each.number is None else f"{each.number:,}" for each in found]),
        "counted_at": clock(min((each.at for each in found), default=asking.now), asking.zone),
        "kept": asking.query.kept(declared.name, asked.names[0]),
    }
    fragments = {f"c-{asked.names[0]}": "components/choices.html"}
    return page_or_fragment(request, "listing/counts.html", fragments, context)


def counted(request: TenantRequest, asking: Asking, params: list[dict[str, str]]) -> list[counting.Count]:
    listing, key = asking.listing, asking.key
    if key is None:
        return [counting.Count(None, datetime.now(UTC)) for _ in params]
    try:
        api = replace(connections.issuance(key, request.request_id), tries=1)
    except errors.UpstreamError as error:
        connections.note_failure(key, error)
        return [counting.Count(None, datetime.now(UTC)) for _ in params]
    prefix = f"{request.tenant.id}:{request.role.value}:{key.id}:{listing.name}"
    return counting.counts(lambda asked: listing.ask(api, asked), params, prefix)


@head_asks_nothing
@require_safe
def newer(request: TenantRequest, listing: Listing, since: int) -> HttpResponse:
    """How many rows of this list changed since a second of the API's clock: a fragment, asked for once a minute."""
    asking = read(request, listing)
    may_ask = DataClass.PLAIN in request.sight and showing.CHANGED in listing.parameters
    if asking.query.problems or not asking.key or not may_ask:
        return HttpResponse()
    try:
        asked_from = datetime.fromtimestamp(since, UTC)
        params = changed_since(asking, asked_from)
    except (ValueError, OverflowError, OSError):
        raise Http404 from None
    found = counted(request, asking, [params])[0]
    context = showing.around(request, asking) | {"found": found, "at": clock(found.at, asking.zone)}
    return render(request, "components/newer.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_columns(request: TenantRequest, listing: Listing) -> HttpResponse:
    """Which columns, in which order, how dense: each step is saved at once for this person."""
    asking = read(request, listing)
    if asking.query.problems:
        return refusal(request, asking)
    owned = columns.preference(request, listing)
    shown = columns.chosen(listing, asking.query, owned.columns, request.sight)
    names = [column.name for column in shown]
    if request.method == "POST":
        action, _, name = request.POST.get("step", "").partition(" ")
        if name and listing.schema.data_class(name) not in request.sight:
            raise Http404
        density = request.POST.get("density", "")
        names = [] if action == "reset" else columns.changed(names, action, name)
        columns.save(request, listing, names, density if density in Density.values else owned.density)
        return HttpResponseRedirect(f"{request.path}{replace(asking.query, cols=()).address}#c-{name}")
    others = [column for column in columns.offered(listing, request.sight) if column.name not in names]
    looks = [(value, label, value == owned.density) for value, label in Density.choices]
    context = {"shown": shown, "others": others, "looks": looks, "is_of_the_address": bool(asking.query.cols)}
    return render(request, "listing/columns.html", showing.around(request, asking) | context)


@require_http_methods(["GET", "HEAD", "POST"])
def keep_views(request: TenantRequest, listing: Listing) -> HttpResponse:
    """Saves what the address asks under a name, changes or removes a view; lists those there are."""
    asking = read(request, listing)
    if asking.query.problems:
        return refusal(request, asking)
    context, status = showing.around(request, asking), 200
    if request.method == "POST":
        try:
            return act_on_views(request, asking)
        except saved.NotSaved as error:
            context |= {"error": str(error), "typed": request.POST.get("name", "")}
            status = 400
    every = saved.tabs(request, listing)
    context |= {
        "views": [(view, saved.address(view), saved.may_change(request, view)) for view in every],
        "chips": showing.spoken_filters(asking),
        "may_share": may(request.role, Permission.SHARE_VIEWS),
    }
    return render(request, "listing/views.html", context, status=status)


def act_on_views(request: TenantRequest, asking: Asking) -> HttpResponse:
    """`save`, `change` or `remove`. Raises saved.NotSaved, and Http404 for a view that is not there."""
    listing = asking.listing
    action, slug = request.POST.get("action", ""), request.POST.get("view", "")
    if action == "save":
        name, is_the_teams = request.POST.get("name", ""), request.POST.get("whose") == "team"
        view = saved.save(request, listing, keepable(request, asking), name, is_the_teams=is_the_teams)
        messages.success(request, f"Saved as “{view.name}”. Its address can be sent.")
        return HttpResponseRedirect(showing.list_url(request, listing) + saved.address(view))
    found = saved.find(request, listing, slug)
    if found is None:
        raise Http404
    if action == "remove":
        saved.remove(request, found)
        messages.success(request, f"“{found.name}” was removed.")
        return HttpResponseRedirect(urlsplit(request.get_full_path()).path + replace(asking.query, view="").address)
    saved.change(request, found, keepable(request, asking))
    messages.success(request, f"“{found.name}” now asks what you see here.")
    return HttpResponseRedirect(showing.list_url(request, listing) + saved.address(found))


def keepable(request: TenantRequest, asking: Asking) -> Query:
    """The query with the columns that the person sees, where neither the address names some nor they are everybody's."""
    if asking.query.cols:
        return asking.query
    preferred = columns.preference(request, asking.listing).columns
    names = tuple(column.name for column in columns.chosen(asking.listing, asking.query, preferred, request.sight))
    usual = tuple(column.name for column in columns.chosen(asking.listing, Query(), (), request.sight))
    return replace(asking.query, cols=() if names == usual else names)


def may_filter(request: TenantRequest, listing: Listing, field: str) -> Filter:
    """Raises Http404 for a field that there is not, or that the role may not ask."""
    declared = listing.filter(field)
    if declared is None or not adding.may_be_asked(declared, request.sight):
        raise Http404
    return declared


def refusal(request: TenantRequest, asking: Asking) -> HttpResponse:
    """In a swap the words alone, above the rows; else the page with them."""
    status = asking.query.status if asking.query.problems else 409
    context = showing.frame(request, asking)
    if not request.htmx:
        return render(request, "listing/list.html", context, status=status)
    response = render(request, "listing/_refusal.html", context, status=status)
    response["HX-Retarget"], response["HX-Reswap"] = "#results", "innerHTML"
    return response
