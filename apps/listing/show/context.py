"""The template context of a listing: plain values, masked for the viewer's role."""

from typing import Any

from django.utils.functional import SimpleLazyObject

from apps.listing.keep import columns, saved
from apps.listing.query.chips import chips
from apps.listing.query.list_request import ListRequest
from apps.staff.csrf import csrf_token
from apps.tenants import setup
from apps.tenants.models import IssuanceKey
from apps.tenants.zones import zone_words

from . import add_filter, links
from .bar import bar

PAGES = ("filter", "columns", "views")


def page_context(list_request: ListRequest) -> dict[str, Any]:
    """The context of every page of a listing."""
    request, query = list_request.request, list_request.query
    return {
        "list_request": list_request,
        "listing": list_request.listing,
        "query": query,
        "list_url": list_request.list_url,
        "here": request.get_full_path(),
        "reference": request.request_id,
        "keys": list_request.keys,
        "has_keys": list_request.listing.credential is IssuanceKey,
        "urls": {action: list_request.url(action) + query.address for action in PAGES},
        "csrf_token": SimpleLazyObject(lambda: csrf_token(request)),
        "zone": zone_words(list_request.zone),
        "zones": links.zones(list_request, links.named_offerings(list_request)),
        "more_keys": len(list_request.keys) - 1 if list_request.key and not list_request.wants_all_keys else 0,
        "all_keys_url": links.all_keys(list_request),
    }


def list_context(list_request: ListRequest) -> dict[str, Any]:
    """What surrounds the rows and needs no call."""
    listing, preference = list_request.listing, columns.preference(list_request)
    view, line = list_request.view, bar(list_request)
    asked, shown = chips(list_request), columns.chosen(list_request, preference.columns)
    may_export = listing.export_permission and list_request.may(listing.export_permission)
    may_add = listing.create_permission and list_request.may(listing.create_permission)
    steps = [] if list_request.key else setup.steps(list_request.tenant)
    return page_context(list_request) | {
        "setup": steps,
        "setup_done": sum(step.is_done for step in steps),
        "bar": line,
        "chips": asked,
        "answers": [
            (chip, add_filter.address_of(list_request, chip.parameter))
            for chip in asked
            if chip.parameter not in line.handled
        ],
        "key_links": links.keys(list_request),
        "tabs": [(tab.label, list_request.url(tab.action)) for tab in listing.tabs if list_request.may(tab.can)],
        "columns": shown,
        "is_fitted": {column.name for column in shown} <= {column.name for column in listing.columns},
        "density": preference.density,
        "views": [(each, links.view(list_request, each)) for each in saved.tabs(list_request)],
        "differences": saved.differences(list_request),
        "view_url": links.view(list_request, view) if view else "",
        "may_change_view": bool(view and saved.may_change(list_request, view)),
        "export_url": list_request.url("export") + list_request.query.address if may_export else "",
        "add_url": list_request.url("create") if may_add else "",
        "copies": links.copies(list_request),
        "sorts": links.sorts(list_request, shown),
    }
