"""One investor: what the API sends, and their investments beside it."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.listing import facts
from apps.listing.asking import read
from apps.listing.finding import find
from apps.listing.showing import around, frame
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.permissions import DataClass, Permission
from apps.upstream import errors
from apps.upstream.decode import Row

from .listing import INVESTORS


@for_member(can=Permission.VIEW_INVESTORS)
@require_safe
def investor_detail(request: TenantRequest, number: int) -> HttpResponseBase:
    """Previous and next within the list that the address carries."""
    asking = read(request, INVESTORS)
    if asking.query.problems or not asking.key:
        status = asking.query.status if asking.query.problems else 200
        return render(request, "listing/list.html", frame(request, asking), status=status)
    context = around(request, asking) | {"number": number}
    try:
        one = find(request, number, asking, asking.key)
    except errors.Missing:
        return render(request, "listing/missing.html", context, status=404)
    except errors.UpstreamError as error:
        return render(request, "investors/detail.html", context | {"error": error})
    named = {"name": name_of(one.row) if DataClass.IDENTITY in request.sight else ""}
    shown = facts.detail(request, asking, one, number, request.tenant.zone)
    return render(request, "investors/detail.html", context | named | shown)


def name_of(row: Row) -> str:
    """As far as the API sends one: under one name, or under first and last."""
    parts = [row.get("name")] if row.get("name") else [row.get("first_name"), row.get("last_name")]
    return " ".join(part for part in parts if isinstance(part, str) and part)
