"""The pages of investments that are theirs alone: one of them, and what needs attention."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.listing.asking import Asking, read, read_key_only
from apps.listing.bar import Asked, ask
from apps.listing.calls import begin
from apps.listing.finding import One
from apps.listing.pages import page_or_fragment
from apps.listing.showing import frame, section
from apps.listing.streaming import Hole
from apps.listing.views import row_detail
from apps.tenants.access import TenantRequest, for_member, head_asks_nothing
from apps.tenants.connections import ALL_KEYS
from apps.tenants.permissions import Permission

from . import notes, showing
from .listing import INVESTMENTS, PARAMETERS


@for_member(can=Permission.VIEW_INVESTMENTS)
@head_asks_nothing
@require_safe
def investment_detail(request: TenantRequest, number: int) -> HttpResponseBase:
    """One investment, explained; previous and next within the list that the address carries."""

    def describe(asking: Asking, one: One) -> dict[str, Any]:
        shown = showing.detail(request, asking, one, number)
        return notes.shown(request, number, asking.zone) | shown

    beside = notes.shown(request, number)
    return row_detail(request, INVESTMENTS, number, "investments/detail.html", describe, beside)


def offering_choices(asking: Asking) -> Asked:
    """The menu that narrows the page to an offering."""
    declared, _ = PARAMETERS["offering"]
    return ask(declared, asking.query, asking.zone, asking.offerings)[0]


NONE_OF_THEIRS = "This key sees no investment of this investor."


@for_member(can=Permission.VIEW_INVESTMENTS)
@head_asks_nothing
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
@head_asks_nothing
@require_safe
def attention(request: TenantRequest) -> HttpResponseBase:
    """What needs someone: three short lists, asked for beside each other, each failing alone."""
    asking = read_key_only(request, INVESTMENTS, also=("offering",))
    context = frame(request, asking) | {"offerings": offering_choices(asking)}
    context["key_links"] = [
        (label, "?" + href.partition("?")[2], used) for label, href, used in context["key_links"][:-1]
    ]
    if asking.query.problems:
        return render(request, "investments/attention.html", context, status=asking.query.status)
    hole = None
    if asking.key:
        underway = showing.begin_attention(request, asking, asking.key)
        hole = Hole(underway, lambda: showing.sections(request, asking, context, underway.results()))
    return page_or_fragment(request, "investments/attention.html", {}, context, hole=hole)
