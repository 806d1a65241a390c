"""The total under a list of investments: what Issuance's summary says of it, if it counts the same rows; and the exact sum of
all rows, added up by a worker on request."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from django.core.cache import caches
from django.http import Http404, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.audit.actions import Action
from apps.audit.record import record
from apps.investments.listing import INVESTMENTS
from apps.jobs import queue
from apps.jobs.models import Job, State
from apps.listing import (
    ListRequest,
    as_decimal,
    chips,
    clock,
    counts,
    page_context,
    page_or_fragment,
    read_request,
    say_money,
)
from apps.tenants import connections
from apps.tenants.access import TenantRequest, for_member, head_asks_nothing
from apps.tenants.models import FirebaseSignIn
from apps.tenants.permissions import DataClass, Permission
from apps.upstream import errors
from apps.upstream.decode import Row, whole

from .asked import Asked, Format, Words
from .files import SUM
from .manifest import REASONS
from .showing import TOO_MANY, failure, progress_of, rows

SECONDS = 60
KEPT = timedelta(minutes=15)
"""For which a sum that was added up is shown again."""
MOST_RAW = 300
SUMMED = "amount"


@dataclass(frozen=True, slots=True)
class Told:
    """What the summary said. `raw`: an answer that is not understood, as it came; `listed`: rows of the list, counted at the
    same time."""

    at: datetime
    amount: Decimal | None = None
    count: int | None = None
    listed: int | None = None
    raw: str = ""

    @property
    def is_checked(self) -> bool:
        return self.count is not None and self.count == self.listed

    @property
    def is_refuted(self) -> bool:
        return self.count is not None and self.count != self.listed


@for_member(can=Permission.VIEW_INVESTMENTS)
@head_asks_nothing
@require_http_methods(["GET", "HEAD", "POST"])
def investment_sums(request: TenantRequest) -> HttpResponseBase:
    """The total of the list as its address asks for it: a fragment, with a page of its own."""
    list_request = read_request(request, INVESTMENTS)
    if DataClass.SIZE not in request.visible_classes:
        raise Http404
    if list_request.query.problems or not list_request.key or list_request.wants_all_keys:
        return HttpResponseRedirect(list_request.address)
    here = list_request.url("sums") + list_request.query.address
    asked = asked_of(list_request)
    job = latest(request, asked)
    is_under_way, refused = job is not None and job.is_open, ""
    if request.method == "POST" and not is_under_way and queue.are_many(request.tenant):
        refused = TOO_MANY
    elif request.method == "POST":
        if not is_under_way:
            added = queue.add(request.tenant, request.user, SUM, asked.kept())
            record(Action.SUM_REQUESTED, actor=request.user, about=added)
        return HttpResponseRedirect(here)
    told = summary(list_request)
    given = page_context(list_request) | {
        "chips": chips(list_request),
        "sums_url": here,
        "told": told,
        "told_amount": money(told.amount) if told else "",
        "told_at": clock(told.at, list_request.zone) if told else "",
        **added_up(list_request, job, told),
        **({"failed": refused} if refused else {}),
    }
    status = 409 if refused else 200
    return page_or_fragment(request, "exports/sums.html", {"sums": "exports/_sums.html"}, given, status=status)


def money(amount: Decimal | None) -> str:
    return "" if amount is None else say_money(format(amount, "f"))


# what Issuance says


def summary(list_request: ListRequest) -> Told | None:
    """Kept for a minute; None without a sign-in, or without an answer."""
    sign_ins: list[FirebaseSignIn] = list_request.request.known.rows("sign_ins")
    if not sign_ins:
        return None
    key, sent = list_request.answering, list_request.query.sent
    name = f"{list_request.tenant.id}:{list_request.request.role.value}:{key.pk}:summary:{counts.fingerprint(sent)}"
    kept: Told | None = caches["counts"].get(name)
    if kept is None and (kept := ask(list_request, sign_ins[0])):
        caches["counts"].set(name, kept, SECONDS)
    return kept


def ask(list_request: ListRequest, sign_in: FirebaseSignIn) -> Told | None:
    """The summary and the number of rows, asked at once."""
    sent, request_id = list_request.query.sent, list_request.request.request_id
    try:
        api = replace(connections.issuance(list_request.answering, request_id), tries=1)
        counting = INVESTMENTS.fetch_page(api, {**sent, "page": "1", "page_size": "1"})
        said = replace(connections.issuance(sign_in, request_id), tries=1).total(sent).result()
        listed = counting.result().count
    except errors.UpstreamError:
        return None
    at, found = datetime.now(UTC), understood(said)
    if found is None:
        return Told(at, raw=msgspec.json.encode(said).decode()[:MOST_RAW])
    return Told(at, *found, listed)


def understood(answer: Row) -> tuple[Decimal | None, int | None] | None:
    """Amount and count, each None if it is withheld, of the layouts that were seen or are likely; None for any other.
    `investor_count` is no count of investments (docs/contracts/behaviours.md, "Summary")."""
    inner = answer.get("data")
    data = inner if isinstance(inner, dict) else answer
    told = data.get("total_amount_committed")
    if isinstance(told, dict):
        return as_decimal(told.get("amount")), whole(told.get("count"))
    amount = as_decimal(told if told is not None else data.get("amount"))
    return None if amount is None else (amount, whole(data.get("count")))


# what was added up here


def asked_of(list_request: ListRequest) -> Asked:
    query = list_request.query
    return Asked(
        listing=INVESTMENTS.name,
        keys=[str(list_request.answering.pk)],
        filters=dict(query.filters),
        sent=dict(query.sent),
        words=[],
        columns=[SUMMED],
        format=Format.SUM,
        values=Words.CODES,
        zone=list_request.zone.key,
        address=query.address,
    )


def latest(request: TenantRequest, asked: Asked) -> Job | None:
    """This person's last one of the same rows."""
    since = timezone.now() - KEPT
    own = Job.objects.filter(tenant=request.tenant, person=request.user, kind=SUM, at__gte=since)
    wanted = (asked.keys, dict(asked.sent))
    return next((job for job in own[:50] if (job.asked["keys"], job.asked["sent"]) == wanted), None)


def added_up(list_request: ListRequest, job: Job | None, told: Told | None) -> Mapping[str, Any]:
    if job is None or job.state == State.CANCELED:
        return {}
    if job.is_open:
        steps, of, progress = progress_of(job)
        return {"job": job, "steps": steps, "of": of, "progress": progress}
    if job.state == State.FAILED:
        return {"job": job, "failed": failure(job.result)}
    total, result = Decimal(job.result["total"]), job.result
    gap = total - told.amount if told and told.amount is not None and not told.is_refuted else Decimal(0)
    return {
        "job": job,
        "total": money(total),
        "rows": rows(result["rows"]),
        "as_of": clock(datetime.fromisoformat(result["as_of"]), list_request.zone),
        "unread": result["unread"],
        "why": [REASONS[code] for code in result["reasons"]],
        "gap": money(abs(gap)) if gap else "",
    }
