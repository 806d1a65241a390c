"""Template context particular to investments: the attention page and the detail page's explanations."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django.template.loader import render_to_string

from apps.listing import (
    CellContext,
    Fact,
    ListRequest,
    PageResult,
    PendingPages,
    Rendered,
    RowDetail,
    begin_pages,
    links,
    section,
    values,
)
from apps.listing import detail as facts
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


def narrowed_to(list_request: ListRequest) -> dict[str, str]:
    """The page's offering, as a filter."""
    return {name: text for name, text in list_request.query.filters.items() if name == "offering"}


def begin_attention(list_request: ListRequest) -> PendingPages:
    """Starts the calls of NEEDS_ATTENTION, in its order; last, a count of closed investments with a watchlist hit."""
    statuses, beside = list_request.names.statuses, narrowed_to(list_request)
    shared = {"ordering": OLDEST_FIRST, "page": "1", "page_size": str(ATTENTION_ROWS)}
    asked = [{**each.asked(statuses, beside), **shared} for each in NEEDS_ATTENTION]
    closed = {**CLOSED_WITH_A_HIT, "status__in": closed_among(statuses), **beside, "page": "1", "page_size": "1"}
    return begin_pages(list_request, [*asked, closed])


def sections(list_request: ListRequest, context: dict[str, Any], lists: list[PageResult]) -> Rendered:
    """The short lists, with a panel for each that failed."""
    query, statuses, beside = list_request.query, list_request.names.statuses, narrowed_to(list_request)
    *open_lists, closed = lists
    made = []
    for declared, found in zip(NEEDS_ATTENTION, open_lists, strict=True):
        under = replace(query.only(declared.asked(statuses, beside)), ordering=OLDEST_FIRST)
        made.append(section(list_request.with_query(under), context["columns"], declared.label, declared.why, found))
    hits = query.only({**CLOSED_WITH_A_HIT, "status__in": closed_among(statuses), **beside})
    context |= {
        "sections": made,
        "closed_hits": closed.page.count if closed.page else None,
        "closed_url": list_request.with_query(hits).address,
    }
    return Rendered(render_to_string("investments/_attention.html", context))


def detail(list_request: ListRequest, one: RowDetail, number: int) -> dict[str, Any]:
    row, visible_classes = one.row, list_request.visible_classes
    look = facts.look(list_request, one)
    is_named = DataClass.IDENTITY in visible_classes
    offering = [str(row.get("offering"))] if DataClass.PLAIN in visible_classes else []
    return facts.detail(list_request, one, number) | {
        "zones": links.zones(list_request, offering),
        "name": row.get("investor_individual_name") if is_named else "",
        "title": facts.fact(INVESTMENTS, "reference_id", row, look).html if is_named else "",
        "facts": facts.main_facts(list_request, row, look),
        "blockers": explain(row.get("processing_issue_statuses")) if DataClass.COMPLIANCE in visible_classes else [],
        "timeline": timeline(row, look) if DataClass.PLAIN in visible_classes else [],
        "same_name": same_name(list_request, one),
    }


def timeline(row: Row, look: CellContext) -> list[Fact]:
    """What happened when, earliest first; what has not happened is left out."""
    dated = [(at, name) for name in TIMELINE if (at := values.sent_moment(row.get(name)))]
    return [facts.fact(INVESTMENTS, name, row, look) for _, name in sorted(dated)]


def same_name(list_request: ListRequest, one: RowDetail) -> str:
    """The nearest thing to an investor's other investments: rows carry no investor ID, so the name is searched."""
    name = one.row.get("investor_individual_name")
    search, _ = PARAMETERS["search"]
    if not isinstance(name, str) or not name.strip() or not search.needs(name) <= list_request.visible_classes:
        return ""
    return f"{list_request.list_url}?search={quote(name.strip())}&key={one.key.slug}"
