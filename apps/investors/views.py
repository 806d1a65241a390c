"""The investor detail page: what the API sends, with the investor's investments beside it."""

from typing import Any

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from apps.listing import ListRequest, RowDetail, row_detail
from apps.listing import detail as facts
from apps.tenants.access import TenantRequest, for_member, head_asks_nothing
from apps.tenants.permissions import DataClass, Permission
from apps.upstream.decode import Row

from .listing import INVESTORS


@for_member(can=Permission.VIEW_INVESTORS)
@head_asks_nothing
@require_safe
def investor_detail(request: TenantRequest, number: int) -> HttpResponseBase:
    """Previous and next are within the list in the address."""

    def describe(list_request: ListRequest, one: RowDetail) -> dict[str, Any]:
        named = {"name": name_of(one.row) if DataClass.IDENTITY in list_request.visible_classes else ""}
        return named | facts.detail(list_request, one, number)

    return row_detail(request, INVESTORS, number, "investors/detail.html", describe)


def name_of(row: Row) -> str:
    """The name, if the API sends one: in one field, or as first and last."""
    parts = [row.get("name")] if row.get("name") else [row.get("first_name"), row.get("last_name")]
    return " ".join(part for part in parts if isinstance(part, str) and part)
