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
from apps.listing.showing import list_url, section, zone_links
from apps.listing.streaming import Filled
from apps.tenants.access import TenantRequest
from apps.tenants.connections import Source
from apps.tenants.permissions import DataClass
from apps.upstream.decode import Row

from .blockers import explain
from .listing import (
    ATTENTION_ROWS,
    CLOSED_WITH_A_HIT,
    INVESTMENTS,
    NEEDS_ATTENTION,
    OLDEST_FIRST,
    PARAMETERS,
    TIMELINE,
)
from .stages import closed_among


def narrowed_to(asking: Asking) -> dict[str, str]:
    """The offering that the page is narrowed to, as a filter."""
    return {name: text for name, text in asking.query.filters.items() if name == "offering"}


def begin_attention(request: TenantRequest, asking: Asking, key: Source) -> Underway:
    """The short lists of NEEDS_ATTENTION, in its order; last the closed ones with a watchlist hit, of which only a count is
    shown."""
    statuses, beside = asking.names.statuses, narrowed_to(asking)
    shared = {"ordering": OLDEST_FIRST, "page": "1", "page_size": str(ATTENTION_ROWS)}
    asked = [{**each.asked(statuses, beside), **shared} for each in NEEDS_ATTENTION]
    closed = {**CLOSED_WITH_A_HIT, "status__in": closed_among(statuses), **beside, "page": "1", "page_size": "1"}
    return begin(request, INVESTMENTS, key, [*asked, closed])


def sections(request: TenantRequest, asking: Asking, context: dict[str, Any], lists: list[Found]) -> Filled:
    """The short lists; a panel stands in the place of each that failed."""
    statuses, beside = asking.names.statuses, narrowed_to(asking)
    *open_lists, closed = lists
    made = []
    for declared, found in zip(NEEDS_ATTENTION, open_lists, strict=True):
        under = asking.query.only(declared.asked(statuses, beside))
        under = replace(under, ordering=OLDEST_FIRST)
        made.append(
            section(request, replace(asking, query=under), context["columns"], declared.label, declared.why, found)
        )
    hits = asking.query.only({**CLOSED_WITH_A_HIT, "status__in": closed_among(statuses), **beside})
    context |= {
        "sections": made,
        "closed_hits": closed.page.count if closed.page else None,
        "closed_url": list_url(request, INVESTMENTS) + hits.address,
    }
    return Filled(render_to_string("investments/_attention.html", context))


def detail(request: TenantRequest, asking: Asking, one: One, number: int) -> dict[str, Any]:
    row = one.row
    look = facts.look(request, asking, one)
    is_named = DataClass.IDENTITY in request.sight
    offering = [str(row.get("offering"))] if DataClass.PLAIN in request.sight else []
    return facts.detail(request, asking, one, number) | {
        "zones": zone_links(request, asking, offering),
        "name": row.get("investor_individual_name") if is_named else "",
        "title": facts.fact(INVESTMENTS, "reference_id", row, look).html if is_named else "",
        "facts": facts.main_facts(INVESTMENTS, request.sight, row, look),
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
