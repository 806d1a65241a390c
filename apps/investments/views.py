"""The pages of investments: the list, one of them, what needs attention, and the list as a file."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.listing.csvfile import csv_text
from apps.listing.pages import page_or_fragment, to_canonical
from apps.listing.streaming import Hole
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.permissions import Permission
from apps.upstream import errors

from . import reading, showing

FRAGMENTS = {"results": "investments/_hole.html", "listing": "investments/_listing.html"}


@for_member(can=Permission.VIEW_INVESTMENTS)
@require_safe
def investment_list(request: TenantRequest) -> HttpResponseBase:
    """The investments that the address asks for. What cannot be asked is refused in words, and nothing goes upstream."""
    asking = reading.read(request)
    if asking.query.problems:
        context = showing.frame(request, asking)
        return page_or_fragment(request, "investments/list.html", FRAGMENTS, context, status=asking.query.status)
    if redirect := to_canonical(request, asking.query):
        return redirect
    underway = asking.key and reading.begin(
        request, asking.key, [asking.query.params]
    )  # first, so that the rest overlaps
    context, hole = showing.frame(request, asking), None
    if underway:
        hole = Hole(underway, lambda: showing.results(request, asking, context, underway.results()[0]))
    return page_or_fragment(
        request, "investments/list.html", FRAGMENTS, context, hole=hole, address=asking.query.address
    )


@for_member(can=Permission.VIEW_INVESTMENTS)
@require_safe
def investment_detail(request: TenantRequest, number: int) -> HttpResponseBase:
    """One investment, explained; previous and next within the list that the address carries."""
    asking = reading.read(request)
    context = showing.frame(request, asking) | {"number": number}
    if asking.query.problems:
        return render(request, "investments/list.html", context, status=asking.query.status)
    if not asking.key:
        return render(request, "investments/list.html", context)
    try:
        found = reading.find(request, number, asking, asking.key)
    except errors.Missing:
        return render(request, "investments/missing.html", context, status=404)
    except errors.UpstreamError as error:
        return render(request, "investments/detail.html", context | {"error": error})
    return render(request, "investments/detail.html", context | showing.detail(request, asking, found, number))


@for_member(can=Permission.VIEW_BLOCKERS)
@require_safe
def attention(request: TenantRequest) -> HttpResponseBase:
    """What needs someone: three short lists, asked for beside each other, each failing alone."""
    asking = reading.read_key_only(request)
    context = showing.frame(request, asking)
    if asking.query.problems:
        return render(request, "investments/attention.html", context, status=asking.query.status)
    hole = None
    if asking.key:
        underway = reading.begin_attention(request, asking.key)
        hole = Hole(underway, lambda: showing.sections(request, asking, context, underway.results()))
    return page_or_fragment(request, "investments/attention.html", {}, context, hole=hole)


@for_member(can=Permission.EXPORT_INVESTMENTS)
@require_safe
def investment_csv(request: TenantRequest) -> HttpResponseBase:
    """The filtered list as a file: the columns that this role sees, up to 1,000 rows; what is missing is said in it."""
    asking = reading.read(request)
    context = showing.frame(request, asking)
    if asking.query.problems or not asking.key:
        status = asking.query.status if asking.query.problems else 409
        return render(request, "investments/list.html", context, status=status)
    try:
        taken = reading.take(request, asking.key, asking.query)
    except errors.UpstreamError as error:
        return render(request, "investments/list.html", context | {"hole": showing.panel(context, error)}, status=502)
    columns = showing.file_columns(request)
    showing.seen(request, "investments exported", taken.rows, columns=[name for name, _ in columns])
    headers = {"Content-Disposition": f'attachment; filename="{taken.filename}"'}
    return HttpResponse(
        csv_text(columns, taken.rows, taken.note), content_type="text/csv; charset=utf-8", headers=headers
    )
