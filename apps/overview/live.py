"""What is asked of Issuance while the page is read: counts that no row tells. Each stands alone, as of the moment at which it
came."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from apps.investments.stages import open_among
from apps.listing import ListRequest, PendingByKey, begin_pages, clock, ranges
from apps.tenants import label_cache
from apps.upstream.issuance.contract import labels

from .scope import Scope

SPANS = (7, 28)
COUNTED = {
    "kyc": ("investor__entity__kyc_status", "Open, KYC ", labels("KycStatus")),
    "type": ("investor__type", "Investor type: ", labels("InvestorType")),
    "requested": ("requested_payment_method", "Requested: ", labels("RequestedPaymentMethod")),
}
"""A group -> the filter that tells it, a prefix, and its values with their labels."""


class Ask(NamedTuple):
    """`filters`: as the API is asked, beside what the page is narrowed to; `address`: the same in a link, where that is
    another; `group`: the lines it stands among."""

    group: str
    label: str
    filters: Mapping[str, str]
    address: Mapping[str, str] | None = None


class Line(NamedTuple):
    """`number`: None if Issuance did not answer. `before`: the same of the span before, with its link; None for none."""

    label: str
    number: int | None
    href: str
    before: "Line | None" = None

    @property
    def words(self) -> str:
        return "?" if self.number is None else f"{self.number:,}"


def asked(scope: Scope, now: datetime, groups: Collection[str]) -> list[Ask]:
    """`groups`: of COUNTED, and "started" and "changed"."""
    statuses = {code for key in scope.counted_keys for code in label_cache.known(key).statuses}
    only_open = {"status__in": open_among(sorted(statuses))}
    found = started(scope, now.astimezone(scope.zone).date()) if "started" in groups else []
    for group, (name, prefix, values) in COUNTED.items():
        if group in groups:
            found += [
                Ask(
                    group,
                    prefix + (label.lower() if group == "kyc" else label),
                    {name: code} | (only_open if group == "kyc" else {}),
                )
                for code, label in values.items()
            ]
    if "changed" in groups and scope.snapshot.as_of:
        later = {"updated_at__gte": scope.snapshot.as_of.isoformat()}
        found.append(Ask("changed", "Changed since", later))
    return found


def started(scope: Scope, today: date) -> list[Ask]:
    """For each span, its complete days, and as many before."""
    found = []
    for length in SPANS:
        last = today - ranges.DAY
        first = last - ranges.DAY * (length - 1)
        found.append(created(f"Started in the last {length} days", first, last, scope))
        found.append(
            created(f"Started in the {length} days before", first - ranges.DAY * length, first - ranges.DAY, scope)
        )
    return found


def created(label: str, first: date, last: date, scope: Scope) -> Ask:
    sent = {
        "created_at__gte": ranges.first_instant(first, scope.zone).isoformat(),
        "created_at__lte": ranges.last_instant(last, scope.zone).isoformat(),
    }
    return Ask("started", label, sent, {"created_at__gte": first.isoformat(), "created_at__lte": last.isoformat()})


class Pending(NamedTuple):
    asks: list[Ask]
    by_key: PendingByKey

    def is_there(self, seconds: float) -> bool:
        return self.by_key.is_there(seconds)


def begin(list_request: ListRequest, scope: Scope, groups: Collection[str]) -> Pending:
    """Everything at once: the page waits for the slowest alone."""
    asks, pending = asked(scope, list_request.now, groups), []
    for key in scope.counted_keys:
        numbers = [number for number, answering in scope.answers.items() if answering == key and number]
        if not numbers and len(scope.counted_keys) > 1:
            continue
        narrowed = narrowed_to(scope, numbers)
        params = [{**each.filters, **narrowed, "page": "1", "page_size": "1"} for each in asks]
        pending.append(begin_pages(replace(list_request, key=key), params))
    return Pending(asks, PendingByKey(pending))


def narrowed_to(scope: Scope, numbers: list[int]) -> dict[str, str]:
    if scope.offering is not None:
        return {"offering": str(scope.offering)}
    return {"offering__in": ",".join(map(str, numbers))} if len(scope.counted_keys) > 1 else {}


def shown(pending: Pending, scope: Scope) -> dict[str, Any]:
    by_key = [each.results() for each in pending.by_key.each]
    lines: dict[str, list[Line]] = {}
    for number, each in enumerate(pending.asks):
        pages = [results[number].page for results in by_key]
        count = sum(page.count for page in pages if page) if pages and all(pages) else None
        lines.setdefault(each.group, []).append(Line(each.label, count, link(scope, each)))
    spans = lines.pop("started", [])
    at = [result.page.at for results in by_key for result in results if result.page]
    return {
        "started": [now._replace(before=before) for now, before in zip(spans[::2], spans[1::2], strict=True)],
        "changed": next(iter(lines.pop("changed", [])), None),
        "counted": [each for group in lines.values() for each in group],
        "counted_at": clock(min(at), scope.zone) if at else "",
        "errors": [result.error for results in by_key for result in results if result.error][:1],
    }


def link(scope: Scope, each: Ask) -> str:
    """The same query in the list."""
    params = {**(each.address or each.filters), **scope.params}
    if len(scope.keys) > 1 and scope.key is None and scope.offering is None:
        params["key"] = scope.only_key.slug if scope.only_key else "all"
    return f"{reverse('investment_list', args=[scope.tenant.slug])}?{urlencode(params)}"
