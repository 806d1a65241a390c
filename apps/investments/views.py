"""The pages of investments that are theirs alone: one of them, and what needs attention."""

from dataclasses import replace

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.listing.asking import read, read_key_only
from apps.listing.calls import begin
from apps.listing.finding import find
from apps.listing.pages import page_or_fragment
from apps.listing.showing import around, frame, section
from apps.listing.streaming import Hole
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.connections import ALL_KEYS
from apps.tenants.permissions import Permission
from apps.upstream import errors

from . import notes, showing
from .listing import INVESTMENTS


@for_member(can=Permission.VIEW_INVESTMENTS)
@require_safe
def investment_detail(request: TenantRequest, number: int) -> HttpResponseBase:
    """One investment, explained; previous and next within the list that the address carries."""
    asking = read(request, INVESTMENTS)
    if asking.query.problems or not asking.key:
        status = asking.query.status if asking.query.problems else 200
        return render(request, "listing/list.html", frame(request, asking), status=status)
    context = around(request, asking) | {"number": number}
    try:
        found = find(request, number, asking, asking.key)
    except errors.Missing:
        return render(request, "listing/missing.html", context, status=404)
    except errors.UpstreamError as error:
        return render(request, "investments/detail.html", context | notes.shown(request, number) | {"error": error})
    shown = showing.detail(request, asking, found, number)
    return render(request, "investments/detail.html", context | notes.shown(request, number, shown["zone"]) | shown)


NONE_OF_THEIRS = "This key sees no investment of this investor."


@for_member(can=Permission.VIEW_INVESTMENTS)
@require_safe
def of_investor(request: TenantRequest, number: int) -> HttpResponseBase:
    """The newest of one investor's investments, to stand beside their record."""
    asking = read(request, INVESTMENTS)
    context = frame(request, asking)
    if not asking.key:
        return render(request, "listing/_not_connected.html", context)
    of_theirs = asking.query.only({"investor": str(number)})
    asking = replace(asking, query=replace(of_theirs, key=ALL_KEYS if len(asking.keys) > 1 else ""))
    underway = [(each, begin(request, INVESTMENTS, each, [asking.query.params])) for each in asking.keys]
    made = [
        section(request, replace(asking, key=each), context["columns"], f"Key “{each.label}”", "", lists.results()[0])
        for each, lists in underway
    ]
    return render(request, "investments/of_investor.html", context | {"sections": made, "empty": NONE_OF_THEIRS})


@for_member(can=Permission.VIEW_BLOCKERS)
@require_safe
def attention(request: TenantRequest) -> HttpResponseBase:
    """What needs someone: three short lists, asked for beside each other, each failing alone."""
    asking = read_key_only(request, INVESTMENTS)
    context = frame(request, asking)
    context["key_links"] = [
        (label, "?" + href.partition("?")[2], used) for label, href, used in context["key_links"][:-1]
    ]
    if asking.query.problems:
        return render(request, "investments/attention.html", context, status=asking.query.status)
    hole = None
    if asking.key:
        underway = showing.begin_attention(request, asking.key)
        hole = Hole(underway, lambda: showing.sections(request, asking, context, underway.results()))
    return page_or_fragment(request, "investments/attention.html", {}, context, hole=hole)
