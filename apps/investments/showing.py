"""What is shown of investments alone: what needs someone, and one of them explained."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django.template.loader import render_to_string

from apps.listing import facts, values
from apps.listing.asking import Asking
from apps.listing.calls import Found, Underway, begin
from apps.listing.cells import Shown
from apps.listing.facts import Fact
from apps.listing.finding import One
from apps.listing.showing import list_url, section
from apps.listing.streaming import Filled
from apps.tenants import names
from apps.tenants.access import TenantRequest
from apps.tenants.connections import Source
from apps.tenants.permissions import DataClass
from apps.upstream.decode import Row

from .blockers import explain
from .listing import ATTENTION_ROWS, DEFAULT_ORDERING, FOUR_FACTS, INVESTMENTS, NEEDS_ATTENTION, PARAMETERS, TIMELINE


def begin_attention(request: TenantRequest, key: Source) -> Underway:
    """The short lists of NEEDS_ATTENTION, in its order."""
    shared = {"ordering": DEFAULT_ORDERING, "page_size": str(ATTENTION_ROWS)}
    return begin(request, INVESTMENTS, key, [{**section.params, **shared} for section in NEEDS_ATTENTION])


def sections(request: TenantRequest, asking: Asking, context: dict[str, Any], lists: list[Found]) -> Filled:
    """The short lists; a panel stands in the place of each that failed."""
    made = []
    for declared, found in zip(NEEDS_ATTENTION, lists, strict=True):
        under = replace(asking, query=asking.query.only(declared.params))
        made.append(section(request, under, context["columns"], declared.label, declared.why, found))
    return Filled(render_to_string("listing/_sections.html", context | {"sections": made}))


def detail(request: TenantRequest, asking: Asking, one: One, number: int) -> dict[str, Any]:
    row, zone = one.row, request.tenant.zone
    if DataClass.PLAIN in request.sight:
        zone = names.zone_of(one.names, row.get("offering"), zone)
    look = facts.look(request, asking, one, zone)
    is_named = DataClass.IDENTITY in request.sight
    return facts.detail(request, asking, one, number, zone) | {
        "name": row.get("investor_individual_name") if is_named else "",
        "title": facts.fact(INVESTMENTS, "reference_id", row, look).html if is_named else "",
        "facts": facts.main_facts(INVESTMENTS, FOUR_FACTS, request.sight, row, look),
        "blockers": explain(row.get("processing_issue_statuses")) if DataClass.COMPLIANCE in request.sight else [],
        "timeline": timeline(row, look) if DataClass.PLAIN in request.sight else [],
        "same_name": same_name(request, one),
    }


def timeline(row: Row, look: Shown) -> list[Fact]:
    """What happened when, earliest first; what has not happened is not in it."""
    dated = [(at, name) for name in TIMELINE if (at := values.sent_moment(row.get(name)))]
    return [facts.fact(INVESTMENTS, name, row, look) for _, name in sorted(dated)]


def same_name(request: TenantRequest, one: One) -> str:
    """The nearest thing to an investor's other investments: rows carry no investor number, so the name is searched."""
    name = one.row.get("investor_individual_name")
    search, _ = PARAMETERS["search"]
    if not isinstance(name, str) or not name.strip() or not search.needs(name) <= request.sight:
        return ""
    return f"{list_url(request, INVESTMENTS)}?search={quote(name.strip())}&key={one.key.slug}"
