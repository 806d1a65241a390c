"""The status of disclaimers, in a word and a sentence: for any number of them in the same few queries, none of which
reads a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db.models import F, OuterRef, Subquery

from apps.listing import short_time
from apps.tenants.models import Tenant

from . import approving
from .models import UNSETTLED, Disclaimer, Draft, Drift, Push, PushState, Version


class State(StrEnum):
    DRAFT = "draft"
    WAITING = "waiting for approval"
    REJECTED = "rejected"
    APPROVED = "approved"
    PUBLISHING = "publishing"
    UNCONFIRMED = "unconfirmed"
    LIVE = "live"
    DRIFTED = "out of sync"


TONES = {
    State.DRAFT: "open", State.WAITING: "wait", State.REJECTED: "bad", State.APPROVED: "good", State.PUBLISHING: "wait",
    State.UNCONFIRMED: "bad", State.LIVE: "good", State.DRIFTED: "bad",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DisclaimerStatus:
    state: State
    tone: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the status depends on. `is_ahead`: the draft differs from the newest version."""

    disclaimer: Disclaimer
    unsettled: Push | None
    latest: Version | None
    is_ahead: bool


def status_of(disclaimer: Disclaimer, tenant: Tenant) -> DisclaimerStatus:
    return statuses_of([disclaimer], tenant)[0]


def statuses_of(disclaimers: Sequence[Disclaimer], tenant: Tenant) -> list[DisclaimerStatus]:
    """`disclaimers`: with `live` joined."""
    found = []
    for facts in facts_of(disclaimers):
        state = state_of(facts, tenant.approvals_needed)
        found.append(DisclaimerStatus(state, TONES[state], sentence(facts, tenant.zone)))
    return found


def facts_of(disclaimers: Sequence[Disclaimer]) -> list[Facts]:
    numbers = [each.pk for each in disclaimers]
    drafts = Draft.objects.filter(disclaimer__in=numbers, revision=F("disclaimer__revision"))
    hashes = dict(drafts.values_list("disclaimer_id", "sha256"))
    last = Version.objects.filter(disclaimer=OuterRef("disclaimer")).order_by("-number").values("pk")[:1]
    versions = Version.objects.filter(disclaimer__in=numbers, pk=Subquery(last)).defer("text")
    latest = {each.disclaimer_id: each for each in versions.prefetch_related("reviews")}
    pushes = Push.objects.filter(disclaimer__in=numbers, state__in=UNSETTLED).select_related("version")
    unsettled = {each.disclaimer_id: each for each in pushes.defer("version__text")}
    return [
        Facts(each, unsettled.get(each.pk), newest, is_ahead(hashes.get(each.pk), newest))
        for each in disclaimers
        for newest in (latest.get(each.pk),)
    ]


def is_ahead(draft: str | None, latest: Version | None) -> bool:
    return latest is None or draft not in (None, latest.sha256)


def state_of(facts: Facts, needed: int) -> State:
    if facts.unsettled:
        return State.UNCONFIRMED if facts.unsettled.state == PushState.UNKNOWN else State.PUBLISHING
    if facts.disclaimer.drift:
        return State.DRIFTED
    latest = facts.latest
    if latest is None or facts.is_ahead:
        return State.DRAFT
    if latest.pk == facts.disclaimer.live_id:
        return State.LIVE
    if approving.is_rejected(latest):
        return State.REJECTED
    return State.APPROVED if approving.seems_approved(latest, needed) else State.WAITING


def sentence(facts: Facts, zone: ZoneInfo) -> str:
    """What is live, whatever is being written. An unknown outcome is never said to be published, nor not to be."""
    disclaimer, push = facts.disclaimer, facts.unsettled
    is_unknown = push is not None and push.state == PushState.UNKNOWN
    if not disclaimer.live:
        return f"{push.version} may be in Tokeny: its answer was lost." if push and is_unknown else "Not published."
    checked = f", checked {short_time(disclaimer.checked_at, zone)}" if disclaimer.checked_at else ", not checked yet"
    if push and is_unknown:
        return f"{disclaimer.live} or {push.version} is in Tokeny: the answer to {push.version} was lost{checked}."
    if disclaimer.drift:
        left = " (difference accepted)" if disclaimer.is_left else ""
        return f"{disclaimer.live} was published, but it is {Drift(disclaimer.drift).label}{left}{checked}."
    return f"Live is {disclaimer.live}{checked}."
