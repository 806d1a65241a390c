"""The guide, which every member may read."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.investments.blockers import BLOCKERS
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.permissions import Permission, Role, matrix

from . import pages


@for_member(can=Permission.READ_GUIDE)
@require_safe
def guide(request: TenantRequest) -> HttpResponse:
    return render(request, "guide/index.html", {"pages": [pages.page(name) for name in pages.PAGES]})


@for_member(can=Permission.READ_GUIDE)
@require_safe
def guide_page(request: TenantRequest, name: str) -> HttpResponse:
    """A page, or what it says as a fragment for beside something else. Those on roles and blockers end with the dashboard's
    own tables, so they can't fall behind."""
    try:
        shown = pages.page(name)
    except KeyError:
        raise Http404 from None
    if request.htmx:
        return HttpResponse(pages.beside(name))
    tables: dict[str, Any] = {"roles": {"roles": Role, "matrix": matrix()}, "blockers": {"blockers": BLOCKERS.values()}}
    names = [pages.page(each) for each in pages.PAGES]
    return render(request, "guide/page.html", {"page": shown, "pages": names} | tables.get(name, {}))
