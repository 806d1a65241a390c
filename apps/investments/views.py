"""Views particular to investments: the detail page, the attention page, and an investor's investments."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.listing import (
    Deferred,
    FilterControl,
    ListRequest,
    RowDetail,
    begin_pages,
    filter_control,
    list_context,
    page_or_fragment,
    read_key_only,
    read_request,
    row_detail,
    section,
)
from apps.tenants.access import TenantRequest, for_member, head_asks_nothing
from apps.tenants.connections import ALL_KEYS
from apps.tenants.permissions import Permission

from . import notes, showing
from .listing import INVESTMENTS, PARAMETERS
from .reveal import offered


@for_member(can=Permission.VIEW_INVESTMENTS)
@head_asks_nothing
@require_safe
def investment_detail(request: TenantRequest, number: int) -> HttpResponseBase:
    """One investment, explained; previous and next within the list in the address."""

    def describe(list_request: ListRequest, one: RowDetail) -> dict[str, Any]:
        shown = showing.detail(list_request, one, number)
        reveal = {"reveal": offered(list_request.request)}
        return notes.shown(list_request.request, number, list_request.zone) | shown | reveal

    beside = notes.shown(request, number)
    return row_detail(request, INVESTMENTS, number, "investments/detail.html", describe, beside)


def offering_choices(list_request: ListRequest) -> FilterControl:
    """The menu that narrows the page to an offering."""
    declared, _ = PARAMETERS["offering"]
    return filter_control(list_request, declared)


NONE_OF_THEIRS = "No investments by this investor under this API key."


@for_member(can=Permission.VIEW_INVESTMENTS)
@head_asks_nothing
@require_safe
def of_investor(request: TenantRequest, number: int) -> HttpResponseBase:
    """An investor's newest investments, shown on the investor's page."""
    list_request = read_request(request, INVESTMENTS)
    context = list_context(list_request)
    if not list_request.key:
        return render(request, "listing/_not_connected.html", context)
    of_theirs = list_request.query.only({"investor": str(number)})
    list_request = replace(list_request, query=replace(of_theirs, key=ALL_KEYS if len(list_request.keys) > 1 else ""))
    by_key = [replace(list_request, key=each) for each in list_request.keys]
    pending = [begin_pages(each, [list_request.query.params]) for each in by_key]
    made = [
        section(each, context["columns"], f"API key “{lists.key.label}”", "", lists.results()[0])
        for each, lists in zip(by_key, pending, strict=True)
    ]
    return render(request, "investments/of_investor.html", context | {"sections": made, "empty": NONE_OF_THEIRS})


@for_member(can=Permission.VIEW_BLOCKERS)
@head_asks_nothing
@require_safe
def attention(request: TenantRequest) -> HttpResponseBase:
    """What needs someone: three short lists, read concurrently, each failing on its own."""
    list_request = read_key_only(request, INVESTMENTS, also=("offering",))
    context = list_context(list_request)
    context |= {"offerings": offering_choices(list_request), "attention_url": list_request.url("attention")}
    context["key_links"] = [
        (label, "?" + href.partition("?")[2], used) for label, href, used in context["key_links"][:-1]
    ]
    if list_request.query.problems:
        return render(request, "investments/attention.html", context, status=list_request.query.status)
    deferred = None
    if list_request.key:
        pending = showing.begin_attention(list_request)
        deferred = Deferred(pending, lambda: showing.sections(list_request, context, pending.results()))
    return page_or_fragment(request, "investments/attention.html", {}, context, deferred=deferred)
