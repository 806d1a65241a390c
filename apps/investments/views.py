"""The pages of investments: the list, one of them, what needs attention, and the list as a file."""

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.listing import saved
from apps.listing.csvfile import csv_text
from apps.listing.pages import page_or_fragment, to_canonical
from apps.listing.streaming import Hole
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.permissions import Permission
from apps.upstream import errors

from . import notes, reading, showing
from .reading import Asking

FRAGMENTS = {"results": "investments/_hole.html", "listing": "investments/_listing.html"}


@for_member(can=Permission.VIEW_INVESTMENTS)
@require_safe
def investment_list(request: TenantRequest) -> HttpResponseBase:
    """The investments that the address asks for. What cannot be asked is refused in words, and nothing goes upstream."""
    asking = reading.read(request)
    if asking.query.problems:
        context = showing.frame(request, asking)
        return page_or_fragment(request, "investments/list.html", FRAGMENTS, context, status=asking.query.status)
    if redirect := opened(request, asking) or to_canonical(request, asking.query):
        return redirect
    underway = reading.begin_list(request, asking)  # first, so that the rest overlaps
    context = showing.frame(request, asking)
    return page_or_fragment(
        request,
        "investments/list.html",
        FRAGMENTS,
        context,
        hole=Hole(underway, lambda: showing.rows(request, asking, context, underway)) if underway else None,
        address=asking.query.address,
    )


def opened(request: TenantRequest, asking: Asking) -> HttpResponse | None:
    """A view's name alone becomes its whole address."""
    if not asking.view or not saved.is_only_named(asking.query) or not asking.view.asked:
        return None
    return HttpResponseRedirect(request.path + saved.address(asking.view))


@for_member(can=Permission.VIEW_INVESTMENTS)
@require_safe
def investment_detail(request: TenantRequest, number: int) -> HttpResponseBase:
    """One investment, explained; previous and next within the list that the address carries."""
    asking = reading.read(request)
    if asking.query.problems or not asking.key:
        status = asking.query.status if asking.query.problems else 200
        return render(request, "investments/list.html", showing.frame(request, asking), status=status)
    context = showing.around(request, asking) | notes.shown(request, number) | {"number": number}
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
    context["key_links"] = [
        (label, "?" + href.partition("?")[2], used) for label, href, used in context["key_links"][:-1]
    ]
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
    asking = reading.for_one_key(reading.read(request), "A file")
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
