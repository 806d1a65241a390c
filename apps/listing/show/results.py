"""A list's rows as HTML with their header and pager, or the panel shown in their place."""

from dataclasses import replace
from html import escape
from itertools import chain
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.listing import values
from apps.listing.fetch.lists import PageResult, PendingByKey, PendingPages
from apps.listing.query.list_request import ListRequest
from apps.listing.schema import cells
from apps.listing.schema.cells import CellContext
from apps.listing.schema.column import Column
from apps.listing.schema.filters import TEXT
from apps.tenants import connections, label_cache
from apps.tenants.permissions import DataClass
from apps.upstream import errors
from apps.upstream.decode import Row

from . import audit, links
from .oddities import MOST_LETTERS, MOST_NAMES, doubts, oddities
from .pages import Pager, page_links, size_links
from .streaming import Rendered
from .table import heads, order_of, plain_heads, render_heads, render_rows


def rows(list_request: ListRequest, context: dict[str, Any], pending: PendingPages | PendingByKey) -> Rendered:
    if isinstance(pending, PendingByKey):
        return per_key(list_request, context, pending.each)
    return results(list_request, context, pending.results()[0])


def results(list_request: ListRequest, context: dict[str, Any], found: PageResult) -> Rendered:
    """The rows with their header and pager, or the panel in their place."""
    if found.error and not (list_request.query.page > 1 and isinstance(found.error, errors.Missing)):
        return Rendered(panel(context | {"is_landing": True}, found.error), is_failed=True)
    content = table(list_request, context["columns"], found)
    return Rendered(render_to_string("listing/_results.html", context | content))


def panel(context: dict[str, Any], error: errors.UpstreamError | None) -> SafeString:
    return render_to_string("components/panel.html", context | {"error": error})


def table(list_request: ListRequest, columns: list[Column], found: PageResult) -> dict[str, Any]:
    if found.page is None:
        return {"is_past_the_end": True}
    listing, schema = list_request.listing, list_request.listing.schema
    audit.record_rows(list_request, "listed", found.page.rows, filters=list(list_request.query.filters))
    order = order_of(found.page.rows, list_request.query.params["ordering"], schema.specs)
    if list_request.key and not schema.likely:
        connections.note_oddities(list_request.key, oddities(found.page.rows, schema.specs))
    pager = Pager(list_request.query, found.page.count, found.page.sent, found.page.is_last)
    return {
        "page": found.page,
        "key_label": list_request.key.label if list_request.key else "",
        "as_of": values.clock(found.page.at, list_request.zone),
        "pager": pager,
        "sizes": size_links(pager, list_request.list_url),
        "pages": page_links(pager, list_request.list_url),
        "total": f"{pager.count:,}",
        "first": f"{pager.first:,}",
        "last": f"{pager.last:,}",
        "heads": render_heads(heads(columns, list_request.query, order, listing.sortable), list_request.list_url),
        "order": order,
        "sums_url": sums_url(list_request),
        "doubts": doubts(found.page, pager),
        "otherwise": otherwise(list_request) if not found.page.sent else [],
        "hidden": hidden(list_request, found.page.rows),
        "unmapped": unmapped(list_request, columns, found.page.rows),
        "newer_url": links.newer(list_request, found.page),
        "rows": render_rows(found.page.rows, columns, shown(list_request, found.names)),
    }


def sums_url(list_request: ListRequest) -> str:
    """Where the total of a list stands; "" for a list, or a role, without one."""
    listing = list_request.listing
    if not listing.sums or listing.classes[listing.sums[0]] not in list_request.visible_classes:
        return ""
    return list_request.url("sums") + list_request.query.address


def per_key(list_request: ListRequest, context: dict[str, Any], lists: list[PendingPages]) -> Rendered:
    """Each key's rows under its label with their own count, and a panel for each key that failed."""
    made = []
    for pending in lists:
        key = pending.key
        of_key = replace(list_request, key=key, query=replace(list_request.query, key=key.slug))
        names_of = ", ".join(seen["name"] for seen in key.offerings) or "no offerings"
        sees = f"Offerings: {names_of}." if DataClass.PLAIN in list_request.visible_classes else ""
        made.append(section(of_key, context["columns"], f"API key “{key.label}”", sees, pending.results()[0]))
    return Rendered(
        render_to_string(
            "listing/_per_key.html",
            context | {"sections": made, "empty": f"No matching {list_request.listing.plural}."},
        )
    )


def section(
    list_request: ListRequest, columns: list[Column], label: str, why: str, found: PageResult
) -> dict[str, Any]:
    content = {"error": found.error} if found.error else table(list_request, columns, found)
    named = {"label": label, "why": why, "all": list_request.address, "plain_heads": plain_heads(columns)}
    return named | content


def unmapped(list_request: ListRequest, columns: list[Column], rows: list[Row]) -> list[tuple[str, str]]:
    """Members of these rows that the contract does not know, each with the address that shows it as a column."""
    if DataClass.UNKNOWN not in list_request.visible_classes:
        return []
    sent = dict.fromkeys(chain.from_iterable(rows))
    names = [name for name in list_request.listing.schema.unmapped(sent) if 0 < len(name) <= MOST_LETTERS]
    shown = [column.name for column in columns]
    others = [name for name in names if name not in shown and "," not in name][:MOST_NAMES]
    return [(name, list_request.list_url + replace(list_request.query, cols=(*shown, name)).address) for name in others]


def hidden(list_request: ListRequest, rows: list[Row]) -> int:
    """How many undeclared members of these rows are hidden from the role."""
    if DataClass.UNKNOWN in list_request.visible_classes:
        return 0
    return len(list_request.listing.schema.unmapped(dict.fromkeys(chain.from_iterable(rows))))


def otherwise(list_request: ListRequest) -> list[tuple[str, str]]:
    """Text and address of other ways to write a query that found nothing."""
    query, found = list_request.query, []
    for name, text in query.filters.items():
        declared, lookup = list_request.listing.parameters[name]
        if declared.kind is not TEXT or declared.choices:
            continue
        rest = {other: held for other, held in query.filters.items() if other != name}
        if lookup == "in":
            whole_text = text.replace(",", ", ")
            found += [(whole_text, rest | {declared.name: whole_text})] if "," in text else []
        else:
            found += [(other, rest | {name: other}) for other in values.retyped(text)]
    return [(text, list_request.list_url + query.with_filters(filters)) for text, filters in found]


def shown(list_request: ListRequest, words: label_cache.Labels) -> CellContext:
    address = list_request.query.address if list_request.query.address != "?" else ""
    return CellContext(
        list_request.zone,
        list_request.list_url,
        escape(address),
        words.statuses,
        words.offerings,
        list_request.tenant.name,
        cells.NOT_IN_THE_LIST,
    )
