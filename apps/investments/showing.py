"""What the templates of investments are given: plain values, masked for the role that looks."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from apps.audit.record import record
from apps.listing import cells, columns, saved, values
from apps.listing.bar import bar
from apps.listing.cells import ABSENT, Shown
from apps.listing.oddities import MOST_LETTERS, MOST_NAMES, oddities
from apps.listing.pages import Pager
from apps.listing.query import Chip, chips
from apps.listing.streaming import Filled
from apps.listing.table import Column, heads, in_order, render_heads, render_rows, visible
from apps.tenants import connections, names
from apps.tenants.access import TenantRequest
from apps.tenants.permissions import DataClass, Permission, may
from apps.upstream import errors
from apps.upstream.decode import Row
from apps.upstream.issuance.client import Page
from apps.upstream.transport import query_string

from . import reading
from .blockers import explain
from .fields import INVESTMENT
from .listing import CLASSES, COLUMNS, FILTERS, INVESTMENTS, NEEDS_ATTENTION, PARAMETERS, TIMELINE, detail_cell, unit
from .reading import Asking, Found, One, Together, Underway

PAGES = ("filter", "columns", "views", "csv")
FOUR_FACTS = ("status", "amount", "offering", "processing_issue_statuses")


@dataclass(frozen=True, slots=True)
class Fact:
    """A field with its value as finished HTML."""

    label: str
    html: SafeString
    help: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """`masked`: how many fields of the group this role does not see."""

    label: str
    facts: list[Fact]
    masked: int


def around(request: TenantRequest, asking: Asking) -> dict[str, Any]:
    """What every page of investments is given."""
    return {
        "asking": asking,
        "query": asking.query,
        "list_url": list_url(request),
        "here": request.get_full_path(),
        "reference": request.request_id,
        "keys": asking.keys,
        "urls": {action: INVESTMENTS.url(request, action) + asking.query.address for action in PAGES},
        "csrf_token": get_token(request),
        "sees_attention": may(request.role, Permission.VIEW_BLOCKERS),
    }


def frame(request: TenantRequest, asking: Asking) -> dict[str, Any]:
    """What stands around the rows and needs no call."""
    words, preference = asking.names, columns.preference(request, INVESTMENTS)
    views = saved.tabs(request, INVESTMENTS, asking.zone, asking.now)
    return around(request, asking) | {
        "bar": bar(FILTERS, asking.query, request.sight, asking.zone, words.offerings),
        "chips": spoken_filters(asking),
        "key_links": key_links(request, asking),
        "columns": columns.chosen(INVESTMENTS, asking.query, preference.columns, request.sight),
        "density": preference.density,
        "views": [(view, list_url(request) + saved.address(view)) for view in views],
        "differences": differences(asking),
        "may_change_view": bool(asking.view and saved.may_change(request, asking.view)),
        "may_export": may(request.role, Permission.EXPORT_INVESTMENTS) and not asking.wants_all_keys,
        "csv_rows": reading.CSV_ROWS,
        "copies": copies(request, asking),
    }


def key_links(request: TenantRequest, asking: Asking) -> list[tuple[str, str, bool]]:
    """label, address, is it in use: the same question with each key, and with all of them; none where there is one key."""
    if len(asking.keys) < 2:
        return []
    slugs = [(key.label, key.slug, key == asking.key and not asking.wants_all_keys) for key in asking.keys]
    slugs.append(("Each of them", reading.ALL_KEYS, asking.wants_all_keys))
    asked = replace(asking.query, page=1)
    return [(label, list_url(request) + replace(asked, key=slug).address, is_used) for label, slug, is_used in slugs]


def spoken_filters(asking: Asking) -> list[Chip]:
    return chips(asking.query, PARAMETERS, asking.zone, asking.now, asking.names.offerings)


def differences(asking: Asking) -> list[str]:
    """What the address asks otherwise than the view that it names."""
    if not asking.view:
        return []
    return saved.differences(asking.view, asking.query, INVESTMENTS, asking.zone, asking.now, asking.names.offerings)


def copies(request: TenantRequest, asking: Asking) -> list[tuple[str, str]]:
    """label, text: this page, and the same question to the API, never with a key."""
    api = f"{request.tenant.issuance_url}/api/investments/{query_string(asking.query.params)}"
    return [
        ("Address of this page", request.build_absolute_uri(list_url(request) + asking.query.address)),
        ("Address at the API, without the key", api),
        ("curl, with a placeholder for the key", f"curl -H 'Authorization: Api-Key YOUR_KEY' '{api}'"),
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
    return Filled(render_to_string("investments/_results.html", context | content))


def panel(context: dict[str, Any], error: errors.UpstreamError | None) -> SafeString:
    return render_to_string("components/panel.html", context | {"error": error})


def table(request: TenantRequest, asking: Asking, columns: list[Column], found: Found) -> dict[str, Any]:
    if found.page is None:
        return {"is_past_the_end": True}
    seen(request, "investments listed", found.page.rows, filters=list(asking.query.filters))
    is_sorted = in_order(found.page.rows, asking.query.ordering, INVESTMENT.specs)
    if asking.key:
        connections.note_oddities(asking.key, oddities(found.page.rows, INVESTMENT.specs))
    return {
        "page": found.page,
        "as_of": f"{found.page.at.astimezone(asking.zone):%H:%M:%S}",
        "pager": Pager(asking.query, found.page.count, found.page.sent, found.page.is_last),
        "heads": render_heads(heads(columns, asking.query, is_sorted), list_url(request)),
        "is_unsorted": not is_sorted,
        "is_beyond_checking": asking.query.ordering.removeprefix("-") not in {"", *INVESTMENT.specs},
        "unmapped": unmapped(request, asking, columns, found.page.rows),
        "newer_url": newer_url(request, asking, found.page),
        "rows": render_rows(found.page.rows, columns, shown(request, asking, found.names)),
    }


def sections(request: TenantRequest, asking: Asking, context: dict[str, Any], lists: list[Found]) -> Filled:
    """The short lists; a panel stands in the place of each that failed."""
    made = []
    for declared, found in zip(NEEDS_ATTENTION, lists, strict=True):
        under = replace(asking, query=asking.query.only(declared.params))
        made.append(section(request, under, context["columns"], declared.label, declared.why, found))
    return Filled(render_to_string("investments/_sections.html", context | {"sections": made}))


def per_key(request: TenantRequest, asking: Asking, context: dict[str, Any], lists: list[Underway]) -> Filled:
    """Each key's rows under its label, with a count of their own; a panel in the place of each that failed."""
    made = []
    for underway in lists:
        key = underway.key
        under = replace(asking, key=key, query=replace(asking.query, key=key.slug))
        sees = "Sees " + (", ".join(seen["name"] for seen in key.offerings) or "no offering") + "."
        made.append(section(request, under, context["columns"], f"Key “{key.label}”", sees, underway.results()[0]))
    return Filled(render_to_string("investments/_per_key.html", context | {"sections": made}))


def section(
    request: TenantRequest, under: Asking, columns: list[Column], label: str, why: str, found: Found
) -> dict[str, Any]:
    content = {"error": found.error} if found.error else table(request, under, columns, found)
    return {"label": label, "why": why, "all": list_url(request) + under.query.address, **content}


def detail(request: TenantRequest, asking: Asking, one: One, number: int) -> dict[str, Any]:
    row = one.row
    zone = request.tenant.zone
    if DataClass.PLAIN in request.sight:
        zone = names.zone_of(one.names, row.get("offering"), zone)
    look = Shown(zone, list_url(request), escape(asking.query.address), one.names.statuses, one.names.offerings)
    blockers = explain(row.get("processing_issue_statuses")) if DataClass.COMPLIANCE in request.sight else []
    seen(request, "investment viewed", [row], number)
    return {
        "one": one,
        "name": row.get("investor_individual_name") if DataClass.IDENTITY in request.sight else "",
        "as_of": f"{datetime.now(zone):%H:%M:%S}",
        "zone": zone,
        "title": fact("reference_id", row, look).html if DataClass.IDENTITY in request.sight else "",
        "facts": four_facts(request, row, look),
        "blockers": blockers,
        "groups": groups(request, row, look),
        "timeline": timeline(row, look) if DataClass.PLAIN in request.sight else [],
        "same_name": same_name(request, one),
    }


def four_facts(request: TenantRequest, row: Row, look: Shown) -> list[Fact]:
    """Status, amount, offering, blocker with who acts; as the list shows them."""
    columns = [column for column in COLUMNS if column.name in FOUR_FACTS and CLASSES[column.name] in request.sight]
    return [Fact(column.label, mark_safe(column.cell(row.get(column.name, ABSENT), row, look))) for column in columns]  # noqa: S308 - cells escape


def groups(request: TenantRequest, row: Row, look: Shown) -> list[Group]:
    found = []
    for label, fields in INVESTMENT.groups().items():
        visible_fields = [field for field in fields if field.data_class in request.sight]
        facts = [fact(field.name, row, look) for field in visible_fields]
        found.append(Group(label, facts, len(fields) - len(visible_fields)))
    if DataClass.UNKNOWN in request.sight and (unmapped := INVESTMENT.unmapped(row)):
        found.append(
            Group("Unmapped: sent by the API, not in its description", [fact(name, row, look) for name in unmapped], 0)
        )
    return found


def fact(name: str, row: Row, look: Shown) -> Fact:
    spec = INVESTMENT.specs.get(name)
    label = next((field.label for field in INVESTMENT.fields if field.name == name), name)
    html = mark_safe(detail_cell(name)(row.get(name, ABSENT), row, look))  # noqa: S308 - cells escape
    return Fact(label, html, spec.help if spec else "", unit(name))


def timeline(row: Row, look: Shown) -> list[Fact]:
    """What happened when, earliest first; what has not happened is not in it."""
    dated = [(at, name) for name in TIMELINE if (at := values.sent_moment(row.get(name)))]
    return [fact(name, row, look) for _, name in sorted(dated)]


def same_name(request: TenantRequest, one: One) -> str:
    """The nearest thing to an investor's other investments: rows carry no investor number, so the name is searched."""
    name = one.row.get("investor_individual_name")
    search, _ = PARAMETERS["search"]
    if not isinstance(name, str) or not name.strip() or not search.needs(name) <= request.sight:
        return ""
    return f"{list_url(request)}?search={quote(name.strip())}&key={one.key.slug}"


def unmapped(request: TenantRequest, asking: Asking, columns: list[Column], rows: list[Row]) -> list[tuple[str, str]]:
    """Members of these rows that the contract does not know, each with the address that shows it as a column."""
    if DataClass.UNKNOWN not in request.sight:
        return []
    names = dict.fromkeys(name for row in rows for name in INVESTMENT.unmapped(row) if 0 < len(name) <= MOST_LETTERS)
    shown = [column.name for column in columns]
    others = [name for name in names if name not in shown and "," not in name][:MOST_NAMES]
    return [(name, list_url(request) + replace(asking.query, cols=(*shown, name)).address) for name in others]


def newer_url(request: TenantRequest, asking: Asking, page: Page) -> str:
    """Where to ask whether rows are newer than these, by the API's own clock; "" for whom the time is masked."""
    if DataClass.PLAIN not in request.sight or asking.query.page > 1:
        return ""
    since = int((page.api_time or page.at).timestamp())
    return INVESTMENTS.url(request, "newer", since) + asking.query.address


def file_columns(request: TenantRequest) -> list[tuple[str, str]]:
    """Every field that the role sees, in the declared order, the table's own first."""
    shown_first = [(column.name, column.label) for column in visible(COLUMNS, CLASSES, request.sight)]
    rest = [(field.name, field.label) for field in INVESTMENT.fields if field.data_class in request.sight]
    return shown_first + [pair for pair in rest if pair[0] not in dict(shown_first)]


def shown(request: TenantRequest, asking: Asking, words: names.Names) -> Shown:
    address = asking.query.address if asking.query.address != "?" else ""
    return Shown(
        asking.zone, list_url(request), escape(address), words.statuses, words.offerings, cells.NOT_IN_THE_LIST
    )


def list_url(request: TenantRequest) -> str:
    return reverse("investment_list", args=[request.tenant.slug])


def seen(request: TenantRequest, action: str, rows: Iterable[Row], number: int | None = None, **details: Any) -> None:
    """Whose data a staff member saw goes into the record: ids, and the names of filters, never their values."""
    subject = f"investment:{number}" if number else ""
    ids = [row["id"] for row in rows if isinstance(row.get("id"), int)]
    record(action, actor=request.user, tenant=request.tenant.id, subject=subject, ids=ids, **details)
