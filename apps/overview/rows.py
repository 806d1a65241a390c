"""The rows that a figure counts, where the API cannot be asked for them: by the IDs that the facts hold, a page at a time, as
Issuance has them now. What has changed since is said."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, Sum, Value, When
from django.http import Http404, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.investments.fields import INVESTMENT
from apps.investments.listing import INVESTMENTS
from apps.listing import (
    Deferred,
    ListRequest,
    PageResult,
    PendingByKey,
    Rendered,
    begin_pages,
    blank_request,
    list_context,
    page_or_fragment,
    ranges,
    section,
    zone_named,
)
from apps.tenants import label_cache
from apps.tenants.access import TenantRequest, for_member, forbidden, head_asks_nothing
from apps.tenants.models import IssuanceKey
from apps.tenants.permissions import Permission
from apps.upstream.decode import Row

from . import facts
from .breakdown import size_words
from .figures import Added
from .models import Fact, Snapshot
from .scope import Scope
from .slices import BadSlice, Slice
from .views import time_words
from .waits import label_of

OURS = ("key", "offering", "tz", "page")
"""What an address holds beside a slice."""
PER_PAGE = 50
NAMED = 10
"""Rows that changed, with a link each; more are counted."""


@for_member(can=Permission.VIEW_OVERVIEW)
@head_asks_nothing
@require_safe
def rows(request: TenantRequest) -> HttpResponseBase:
    try:
        which = Slice.of({name: str(request.GET[name]) for name in request.GET if name not in OURS})
    except BadSlice:
        raise Http404 from None
    if not which.classes <= request.visible_classes:
        return forbidden(request, Permission.VIEW_OVERVIEW)
    scope, number = scope_of(request), page_of(request)
    if scope.snapshot.as_of is None:
        raise Http404
    found = scope.facts.filter(which.q(scope.zone))
    told = found.aggregate(count=Count("pk"), added=Sum("amount"), read=Count("amount"))
    count = told["count"]
    added = Added(count, int(told["added"] or 0), count - told["read"])
    if (number - 1) * PER_PAGE >= max(count, 1):
        raise Http404
    by_key = Case(*(When(key=key.pk, then=Value(place)) for place, key in enumerate(scope.counted_keys)))
    ordered = found.order_by(by_key, "-number").values_list("key_id", "number")
    here = list(ordered[(number - 1) * PER_PAGE : number * PER_PAGE])
    pages = -(-count // PER_PAGE)
    blank = blank_request(request, INVESTMENTS)
    list_request = replace(blank, zone=scope.zone, query=replace(blank.query, page_size=PER_PAGE))
    context = list_context(list_request) | {
        "title": words(which, scope),
        "added": added,
        "as_of": time_words(scope.snapshot.as_of, scope),
        "scope": scope,
        "overview_url": scope.at(reverse("overview", args=[request.tenant.slug])),
        "first": (number - 1) * PER_PAGE + 1,
        "last": (number - 1) * PER_PAGE + len(here),
        "previous": address(scope, which, number - 1) if number > 1 else "",
        "next": address(scope, which, number + 1) if number < pages else "",
    }
    of_keys = [(key, [one for pk, one in here if pk == key.pk]) for key in scope.counted_keys]
    asked = [(replace(list_request, key=key), numbers) for key, numbers in of_keys if numbers]
    pending = PendingByKey([begin_pages(each, [by_ids(numbers)]) for each, numbers in asked])
    deferred = Deferred(pending, lambda: shown(scope, asked, pending, context)) if asked else None
    return page_or_fragment(request, "overview/rows.html", {}, context, deferred=deferred)


def scope_of(request: TenantRequest) -> Scope:
    """As a link of the overview names it; any other address does not exist."""
    snapshot = Snapshot.objects.filter(tenant=request.tenant).first() or Snapshot(tenant=request.tenant)
    keys: list[IssuanceKey] = request.known.rows("keys")
    slug, offering, tz = (request.GET.get(name, "") for name in ("key", "offering", "tz"))
    key = next((each for each in keys if each.slug == slug), None)
    zone = zone_named(tz) if tz else request.tenant.zone
    if (slug and key is None) or zone is None or (offering and not is_number(offering)):
        raise Http404
    return Scope(request.tenant, request.role, snapshot, keys, zone, key, int(offering) if offering else None)


def is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def page_of(request: TenantRequest) -> int:
    text = request.GET.get("page", "1")
    if not is_number(text) or not int(text):
        raise Http404
    return int(text)


def by_ids(numbers: Iterable[int]) -> dict[str, str]:
    return {"id__in": ",".join(map(str, numbers)), "ordering": "-id", "page": "1", "page_size": str(PER_PAGE)}


def address(scope: Scope, which: Slice, number: int) -> str:
    params = {**which.params, **scope.params, "page": str(number)}
    return f"{reverse('overview_rows', args=[scope.tenant.slug])}?{urlencode(params)}"


@dataclass(frozen=True, slots=True)
class Changed:
    """A row that is another now. `how`: fields with what they were and are, in words."""

    number: int
    href: str
    how: str


def shown(
    scope: Scope, asked: list[tuple[ListRequest, list[int]]], pending: PendingByKey, context: dict[str, Any]
) -> Rendered:
    made, changed, gone = [], list[Changed](), 0
    for (list_request, numbers), each in zip(asked, pending.each, strict=True):
        found = each.results()[0]
        label = f"API key “{list_request.answering.label}”" if len(asked) > 1 else "Investments"
        made.append(section(list_request, context["columns"], label, "", found))
        if found.page:
            changed += changes(scope, list_request, found)
            gone += len({*numbers} - {facts.number_of(row) for row in found.page.rows})
    more = {"sections": made, "changed": changed[:NAMED], "more_changed": len(changed[NAMED:]), "gone": gone}
    return Rendered(render_to_string("overview/_rows.html", context | more))


def changes(scope: Scope, list_request: ListRequest, found: PageResult) -> list[Changed]:
    """Rows that say something else than the facts that were added up."""
    page_rows: dict[int, Row] = {}
    for row in found.page.rows if found.page else ():
        if (number := facts.number_of(row)) is not None:
            page_rows[number] = row
    key, statuses = list_request.answering, found.names.statuses
    held = Fact.objects.filter(key=key.pk, generation=scope.snapshot.generation, number__in=[*page_rows])
    made = []
    for fact in held:
        read = facts.read(page_rows[fact.number])
        others = [name for name, value in read.items() if getattr(fact, name) != value and name != "updated"]
        if others:
            href = reverse("investment_detail", args=[scope.tenant.slug, fact.number]) + f"?key={key.slug}"
            made.append(Changed(fact.number, href, "; ".join(change(name, fact, read, statuses) for name in others)))
    return made


def change(name: str, fact: Fact, read: dict[str, Any], statuses: Any) -> str:
    label = LABELS[name]
    if name == "status":
        return f"{label}: {statuses.get(fact.status, fact.status)} → {statuses.get(read[name], read[name])}"
    return f"{label} changed"


FIELD_OF = {"offering": "offering", "status": "status", "method": "payment_method", "amount": "amount", **facts.MOMENTS,
            "blockers": "processing_issue_statuses", "updated": "updated_at"}  # fmt: skip
LABELS = {name: field.label for name, known in FIELD_OF.items() if (field := INVESTMENT.field(known))}


# words


def words(which: Slice, scope: Scope) -> str:
    """What the rows have in common, as a heading."""
    statuses = {code: label for key in scope.keys for code, label in label_cache.known(key).statuses.items()}
    parts = []
    if which.waits:
        parts.append("Open, " + either([label_of(code) for code in which.waits]))
    for name, label in (("received", "Funds received"), ("invested", "Invested"), ("refunded", "Refunded")):
        if days := getattr(which, name):
            parts.append(f"{label} {days.words}")
    if which.started:
        parts.append(f"Started in the week of {ranges.say_day(which.started)}")
    if which.method is not None:
        parts.append(f"Paid by {which.method}" if which.method else "No payment method recorded")
    if which.size:
        parts.append(size_words(which.size))
    if which.statuses:
        parts.append(either([statuses.get(code, code) for code in which.statuses]))
    if which.paced:
        parts.append("received before invested")
    return "; ".join(parts) or "All investments"


MOST_NAMED = 3


def either(names: list[str]) -> str:
    if len(names) > MOST_NAMED:
        return f"any of {len(names)}: {', '.join(names)}"
    return " or ".join(names)
