"""What the templates of a listing are given: plain values, masked for the role that looks."""

from collections.abc import Iterable
from dataclasses import replace
from html import escape
from itertools import chain
from typing import Any

from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.audit.actions import Action
from apps.audit.record import record
from apps.tenants import connections, names
from apps.tenants.access import TenantRequest
from apps.tenants.connections import ALL_KEYS
from apps.tenants.models import IssuanceKey
from apps.tenants.permissions import DataClass, may
from apps.upstream import errors
from apps.upstream.decode import Row, whole
from apps.upstream.issuance.client import Page
from apps.upstream.transport import query_string

from . import cells, columns, saved, taking, values
from .asking import Asking
from .bar import bar
from .calls import Found, Together, Underway
from .cells import Shown
from .filters import TEXT
from .listing import Listing
from .oddities import MOST_LETTERS, MOST_NAMES, doubts, oddities
from .pages import Pager
from .query import Chip, chips
from .reader import zone_named
from .streaming import Filled
from .table import Column, heads, order_of, render_heads, render_rows

PAGES = ("filter", "columns", "views")
CHANGED = "updated_at__gte"


def around(request: TenantRequest, asking: Asking) -> dict[str, Any]:
    """What every page of a listing is given."""
    listing = asking.listing
    return {
        "asking": asking,
        "listing": listing,
        "query": asking.query,
        "list_url": list_url(request, listing),
        "here": request.get_full_path(),
        "reference": request.request_id,
        "keys": asking.keys,
        "has_keys": listing.connects is IssuanceKey,
        "urls": {action: listing.url(request, action) + asking.query.address for action in PAGES},
        "csrf_token": get_token(request),
        "zones": zone_links(request, asking, named_offerings(asking)),
        "more_keys": len(asking.keys) - 1 if asking.key and not asking.wants_all_keys else 0,
        "all_keys_url": list_url(request, listing) + replace(asking.query, key=ALL_KEYS, page=1).address,
    }


def named_offerings(asking: Asking) -> list[str]:
    held = [asking.query.filters.get(name, "") for name in ("offering", "offering__in")]
    return [number for number in ",".join(held).split(",") if number]


def zone_links(request: TenantRequest, asking: Asking, offerings: Iterable[str]) -> list[tuple[str, str]]:
    """label, address of this page in another time zone: the team's, and those of the offerings that it is about."""
    zones = asking.zones if DataClass.PLAIN in request.sight else {}
    found = {request.tenant.timezone: "the team’s time zone"}
    for number in offerings:
        if zone_named(zones.get(number, "")):
            found.setdefault(zones[number], "the offering’s time zone")
    return [
        (f"{name}, {what}", replace(asking.query, tz="" if name == request.tenant.timezone else name).address)
        for name, what in found.items()
        if name != asking.zone.key
    ]


def frame(request: TenantRequest, asking: Asking) -> dict[str, Any]:
    """What stands around the rows and needs no call."""
    listing, preference = asking.listing, columns.preference(request, asking.listing)
    views = saved.tabs(request, listing)
    is_one_key = not asking.wants_all_keys
    may_export = listing.exports is not None and may(request.role, listing.exports) and is_one_key
    return around(request, asking) | {
        "bar": bar(listing.filters, asking.query, request.sight, asking.zone, asking.offerings),
        "chips": spoken_filters(asking),
        "key_links": key_links(request, asking),
        "tabs": [(tab.label, listing.url(request, tab.action)) for tab in listing.tabs if may(request.role, tab.can)],
        "columns": columns.chosen(listing, asking.query, preference.columns, request.sight),
        "density": preference.density,
        "views": [(view, list_url(request, listing) + saved.address(view)) for view in views],
        "differences": differences(asking),
        "view_url": list_url(request, listing) + saved.address(asking.view) if asking.view else "",
        "may_change_view": bool(asking.view and saved.may_change(request, asking.view)),
        "csv_url": listing.url(request, "csv") + asking.query.address if may_export else "",
        "csv_rows": taking.CSV_ROWS,
        "csv_most": f"{taking.CSV_ROWS:,}",
        "add_url": listing.url(request, "create") if listing.adds and may(request.role, listing.adds) else "",
        "copies": copies(request, asking),
    }


def key_links(request: TenantRequest, asking: Asking) -> list[tuple[str, str, bool]]:
    """label, address, is it in use: the same question with each key, and with all of them; none where there is one key."""
    if len(asking.keys) < 2:
        return []
    slugs = [(key.label, key.slug, key == asking.key and not asking.wants_all_keys) for key in asking.keys]
    slugs.append(("Each of them", ALL_KEYS, asking.wants_all_keys))
    asked = replace(asking.query, page=1)
    return [
        (label, list_url(request, asking.listing) + replace(asked, key=slug).address, is_used)
        for label, slug, is_used in slugs
    ]


def spoken_filters(asking: Asking) -> list[Chip]:
    return chips(asking.query, asking.listing.parameters, asking.zone, asking.now, asking.offerings)


def differences(asking: Asking) -> list[str]:
    """What the address asks otherwise than the view that it names."""
    if not asking.view:
        return []
    return saved.differences(asking.view, asking.query, asking.listing, asking.zone, asking.now, asking.offerings)


def copies(request: TenantRequest, asking: Asking) -> list[tuple[str, str]]:
    """label, text: this page, and the same question to the API, never with a key or a token."""
    is_of_keys = asking.listing.connects is IssuanceKey
    what, header = ("key", "Api-Key YOUR_KEY") if is_of_keys else ("token", "Bearer YOUR_TOKEN")
    api = f"{request.tenant.issuance_url}{asking.listing.path}{query_string(asking.query.params)}"
    return [
        ("Address of this page", request.build_absolute_uri(list_url(request, asking.listing) + asking.query.address)),
        (f"Address at the API, without the {what}", api),
        (f"curl, with a placeholder for the {what}", f"curl -H 'Authorization: {header}' '{api}'"),
    ]


def rows(request: TenantRequest, asking: Asking, context: dict[str, Any], underway: Underway | Together) -> Filled:
    if isinstance(underway, Together):
        return per_key(request, asking, context, underway.each)
    return results(request, asking, context, underway.results()[0])


def results(request: TenantRequest, asking: Asking, context: dict[str, Any], found: Found) -> Filled:
    """The rows with their head and pager, or the panel that stands in their place."""
    if found.error and not (asking.query.page > 1 and isinstance(found.error, errors.Missing)):
        return Filled(panel(context, found.error), is_failed=True)
    content = table(request, asking, context["columns"], found)
    return Filled(render_to_string("listing/_results.html", context | content))


def panel(context: dict[str, Any], error: errors.UpstreamError | None) -> SafeString:
    return render_to_string("components/panel.html", context | {"error": error})


def table(request: TenantRequest, asking: Asking, columns: list[Column], found: Found) -> dict[str, Any]:
    if found.page is None:
        return {"is_past_the_end": True}
    listing, schema = asking.listing, asking.listing.schema
    seen(request, listing, Action(f"{listing.plural} listed"), found.page.rows, filters=list(asking.query.filters))
    order = order_of(found.page.rows, asking.query.params["ordering"], schema.specs)
    if asking.key and not schema.likely:
        connections.note_oddities(asking.key, oddities(found.page.rows, schema.specs))
    pager = Pager(asking.query, found.page.count, found.page.sent, found.page.is_last)
    return {
        "page": found.page,
        "key_label": asking.key.label if asking.key else "",
        "as_of": values.clock(found.page.at, asking.zone),
        "pager": pager,
        "total": f"{pager.count:,}",
        "first": f"{pager.first:,}",
        "last": f"{pager.last:,}",
        "heads": render_heads(heads(columns, asking.query, order, listing.sortable), list_url(request, asking.listing)),
        "order": order,
        "doubts": doubts(found.page, pager),
        "otherwise": otherwise(request, asking) if not found.page.sent else [],
        "hidden": hidden(request, listing, found.page.rows),
        "unmapped": unmapped(request, asking, columns, found.page.rows),
        "newer_url": newer_url(request, asking, found.page),
        "rows": render_rows(found.page.rows, columns, shown(request, asking, found.names)),
    }


def per_key(request: TenantRequest, asking: Asking, context: dict[str, Any], lists: list[Underway]) -> Filled:
    """Each key's rows under its label, with a count of their own; a panel in the place of each that failed."""
    made = []
    for underway in lists:
        key = underway.key
        under = replace(asking, key=key, query=replace(asking.query, key=key.slug))
        names_of = ", ".join(seen["name"] for seen in key.offerings) or "no offering"
        sees = f"Sees {names_of}." if DataClass.PLAIN in request.sight else ""
        made.append(section(request, under, context["columns"], f"Key “{key.label}”", sees, underway.results()[0]))
    return Filled(
        render_to_string(
            "listing/_per_key.html", context | {"sections": made, "empty": f"No {asking.listing.name} matches."}
        )
    )


def section(
    request: TenantRequest, under: Asking, columns: list[Column], label: str, why: str, found: Found
) -> dict[str, Any]:
    content = {"error": found.error} if found.error else table(request, under, columns, found)
    return {"label": label, "why": why, "all": list_url(request, under.listing) + under.query.address, **content}


def unmapped(request: TenantRequest, asking: Asking, columns: list[Column], rows: list[Row]) -> list[tuple[str, str]]:
    """Members of these rows that the contract does not know, each with the address that shows it as a column."""
    if DataClass.UNKNOWN not in request.sight:
        return []
    sent = dict.fromkeys(chain.from_iterable(rows))
    names = [name for name in asking.listing.schema.unmapped(sent) if 0 < len(name) <= MOST_LETTERS]
    shown = [column.name for column in columns]
    others = [name for name in names if name not in shown and "," not in name][:MOST_NAMES]
    return [
        (name, list_url(request, asking.listing) + replace(asking.query, cols=(*shown, name)).address)
        for name in others
    ]


def hidden(request: TenantRequest, listing: Listing, rows: list[Row]) -> int:
    """How many members of these rows the role does not see, since nobody declared them."""
    if DataClass.UNKNOWN in request.sight:
        return 0
    return len(listing.schema.unmapped(dict.fromkeys(chain.from_iterable(rows))))


def otherwise(request: TenantRequest, asking: Asking) -> list[tuple[str, str]]:
    """text, address: other ways to write what was asked for, where it found nothing."""
    query, found = asking.query, []
    for name, text in query.filters.items():
        declared, lookup = asking.listing.parameters[name]
        if declared.kind is not TEXT or declared.choices:
            continue
        rest = {other: held for other, held in query.filters.items() if other != name}
        if lookup == "in":
            whole_text = text.replace(",", ", ")
            found += [(whole_text, rest | {declared.name: whole_text})] if "," in text else []
        else:
            found += [(other, rest | {name: other}) for other in values.retyped(text)]
    return [(text, list_url(request, asking.listing) + query.with_filters(filters)) for text, filters in found]


def newer_url(request: TenantRequest, asking: Asking, page: Page) -> str:
    """Where to ask whether rows are newer than these, by the API's own clock; "" for whom the time is masked."""
    is_askable = CHANGED in asking.listing.parameters and DataClass.PLAIN in request.sight
    if not is_askable or asking.query.page > 1:
        return ""
    since = int((page.api_time or page.at).timestamp())
    return asking.listing.url(request, "newer", since) + asking.query.address


def shown(request: TenantRequest, asking: Asking, words: names.Names) -> Shown:
    address = asking.query.address if asking.query.address != "?" else ""
    return Shown(
        asking.zone,
        list_url(request, asking.listing),
        escape(address),
        words.statuses,
        words.offerings,
        cells.NOT_IN_THE_LIST,
    )


def list_url(request: TenantRequest, listing: Listing) -> str:
    return listing.url(request, "list")


def seen(
    request: TenantRequest,
    listing: Listing,
    action: Action,
    rows: Iterable[Row],
    number: int | None = None,
    **details: Any,
) -> None:
    """Whose data a staff member saw goes into the record: ids, and the names of filters, never their values."""
    subject = f"{listing.name}:{number}" if number else ""
    ids = [number for row in rows if (number := whole(row.get("id"))) is not None]
    record(action, actor=request.user, tenant=request.tenant.id, subject=subject, ids=ids, **details)
