"""What the templates of investments are given: plain values, masked for the role that looks."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from apps.audit.record import record
from apps.listing import values
from apps.listing.bar import bar
from apps.listing.cells import ABSENT, Shown
from apps.listing.oddities import oddities
from apps.listing.pages import Pager
from apps.listing.query import chips
from apps.listing.streaming import Filled
from apps.listing.table import Column, heads, in_order, render_heads, render_rows, visible
from apps.tenants import connections, names
from apps.tenants.access import TenantRequest
from apps.tenants.permissions import DataClass, Permission, may
from apps.upstream import errors
from apps.upstream.decode import Row

from . import reading
from .blockers import explain
from .fields import INVESTMENT
from .listing import CLASSES, COLUMNS, FILTERS, NEEDS_ATTENTION, PARAMETERS, TIMELINE, Section, detail_cell, unit
from .reading import Asking, Found, One

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


def frame(request: TenantRequest, asking: Asking) -> dict[str, Any]:
    """What stands around the rows and needs no call."""
    words = asking.names
    return {
        "asking": asking,
        "query": asking.query,
        "list_url": list_url(request),
        "csv_url": reverse("investment_csv", args=[request.tenant.slug]),
        "here": request.get_full_path(),
        "reference": request.request_id,
        "bar": bar(FILTERS, asking.query, request.sight, asking.zone, words.offerings),
        "chips": chips(asking.query, PARAMETERS, asking.zone, words.offerings),
        "keys": asking.keys,
        "may_export": may(request.role, Permission.EXPORT_INVESTMENTS),
        "csv_rows": reading.CSV_ROWS,
        "sees_attention": may(request.role, Permission.VIEW_BLOCKERS),
    }


def results(request: TenantRequest, asking: Asking, context: dict[str, Any], found: Found) -> Filled:
    """The rows with their head and pager, or the panel that stands in their place."""
    if found.error and not (asking.query.page > 1 and isinstance(found.error, errors.Missing)):
        return Filled(panel(context, found.error), is_failed=True)
    return Filled(render_to_string("investments/_results.html", context | table(request, asking, found)))


def panel(context: dict[str, Any], error: errors.UpstreamError | None) -> SafeString:
    return render_to_string("components/panel.html", context | {"error": error})


def table(request: TenantRequest, asking: Asking, found: Found) -> dict[str, Any]:
    if found.page is None:
        return {"is_past_the_end": True}
    columns = columns_for(request)
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
        "rows": render_rows(found.page.rows, columns, shown(request, asking, found.names)),
    }


def sections(request: TenantRequest, asking: Asking, context: dict[str, Any], lists: list[Found]) -> Filled:
    """The short lists; a panel stands in the place of each that failed."""
    made = [section(request, asking, declared, found) for declared, found in zip(NEEDS_ATTENTION, lists, strict=True)]
    return Filled(render_to_string("investments/_sections.html", context | {"sections": made}))


def section(request: TenantRequest, asking: Asking, declared: Section, found: Found) -> dict[str, Any]:
    query = asking.query.only(declared.params)
    under = replace(asking, query=query)
    content = {"error": found.error} if found.error else table(request, under, found)
    return {"declared": declared, "all": list_url(request) + query.address, "columns": columns_for(request), **content}


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


def columns_for(request: TenantRequest) -> list[Column]:
    return visible(COLUMNS, CLASSES, request.sight)


def file_columns(request: TenantRequest) -> list[tuple[str, str]]:
    """Every field that the role sees, in the declared order, the table's own first."""
    shown_first = [(column.name, column.label) for column in columns_for(request)]
    rest = [(field.name, field.label) for field in INVESTMENT.fields if field.data_class in request.sight]
    return shown_first + [pair for pair in rest if pair[0] not in dict(shown_first)]


def shown(request: TenantRequest, asking: Asking, words: names.Names) -> Shown:
    address = asking.query.address if asking.query.address != "?" else ""
    return Shown(asking.zone, list_url(request), escape(address), words.statuses, words.offerings)


def list_url(request: TenantRequest) -> str:
    return reverse("investment_list", args=[request.tenant.slug])


def seen(request: TenantRequest, action: str, rows: Iterable[Row], number: int | None = None, **details: Any) -> None:
    """Whose data a staff member saw goes into the record: ids, and the names of filters, never their values."""
    subject = f"investment:{number}" if number else ""
    ids = [row["id"] for row in rows if isinstance(row.get("id"), int)]
    record(action, actor=request.user, tenant=request.tenant.id, subject=subject, ids=ids, **details)
