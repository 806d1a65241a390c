"""Find anything: one term in all lists, each part shown as it arrives."""

from collections.abc import Iterator

import structlog
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from apps.audit import outage
from apps.audit.actions import Action
from apps.audit.record import record
from apps.listing import MARK, trimmed
from apps.tenants.access import TenantRequest, for_member, head_asks_nothing
from apps.tenants.permissions import Permission

from .parts import MOST_LETTERS, Part, arriving, rendered, start, the_only_one
from .suggestions import LEAST_LETTERS, suggest

log = structlog.get_logger("search")


def term_of(request: TenantRequest) -> str:
    return trimmed(" ".join(request.GET.get("q", "").replace("\0", " ").split()))


@for_member(can=Permission.SEARCH)
@head_asks_nothing
@require_safe
def search_suggest(request: TenantRequest) -> HttpResponse:
    """Hits while typing: a fragment. Too short or too long a term asks nothing."""
    term = term_of(request)
    found = suggest(request, term) if LEAST_LETTERS <= len(term) <= MOST_LETTERS else []
    return render(request, "search/_hits.html", {"parts": found, "found": sum(len(each.rows) for each in found)})


@for_member(can=Permission.SEARCH)
@head_asks_nothing
@require_safe
def search(request: TenantRequest) -> HttpResponseBase:
    """The page is sent at once, with its four places; each is filled as the API answers. An ID or a reference of one
    record alone leads to its page."""
    term = term_of(request)
    if not term:
        return render(request, "search/search.html", {"term": ""})
    if len(term) > MOST_LETTERS:
        context = {"term": term, "letters": len(term), "most_letters": MOST_LETTERS}
        return render(request, "search/search.html", context, status=400)
    record(Action.SEARCHED, actor=request.user, tenant=request.tenant.id, letters=len(term))
    parts = start(request, term)
    if only := the_only_one(parts, term):
        return HttpResponseRedirect(only)
    context = {"term": term, "parts": parts, "deferred": MARK}
    head, _, tail = render_to_string("search/search.html", context, request).partition(MARK)
    response = StreamingHttpResponse(pieces(head, parts, tail, term))
    response["X-Accel-Buffering"] = "no"
    return response


def pieces(head: str, parts: list[Part], tail: str, term: str) -> Iterator[str]:
    yield head
    for each in arriving(parts):
        try:
            yield rendered(each, term)
        except Exception as error:
            outage.log_error(log, error, "part of a search broke off")
            yield render_to_string("components/fault.html")
    yield tail
