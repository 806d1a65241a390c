"""The status of disclaimers, in a word and a sentence: for any number of them in the same few queries, none of which
reads a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import F, OuterRef, Subquery

from apps.listing import say_day, short_time
from apps.staff.models import StaffMember
from apps.tenants.models import Tenant
from apps.tenants.permissions import Permission

from . import approving, waiting
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
    """`live`: the published version and since when; `waits_for`: whom it waits for, to do what; `changed`: the day of the
    newest draft or version. Each "" if there is none. `is_yours`: the viewer is among those it waits for."""

    state: State
    tone: str
    sentence: str
    live: str
    waits_for: str
    is_yours: bool
    changed: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the status depends on. `is_ahead`: the draft differs from the newest version. `live_since`: when Tokeny
    confirmed the live version, or when it was taken over from there."""

    disclaimer: Disclaimer
    unsettled: Push | None
    latest: Version | None
    is_ahead: bool
    live_since: datetime | None
    drafted_at: datetime | None


def status_of(disclaimer: Disclaimer, tenant: Tenant, viewer: StaffMember) -> DisclaimerStatus:
    return statuses_of([disclaimer], tenant, viewer)[0]


def statuses_of(disclaimers: Sequence[Disclaimer], tenant: Tenant, viewer: StaffMember) -> list[DisclaimerStatus]:
    """`disclaimers`: with `live` joined."""
    found, zone, team = [], tenant.zone, waiting.team_of(tenant, viewer)
    for facts in facts_of(disclaimers):
        state = state_of(facts, tenant.approvals_needed)
        step = next_step(facts, state)
        found.append(
            DisclaimerStatus(
                state,
                TONES[state],
                sentence(facts, zone),
                live(facts, zone),
                f"{team.who_may(step.permission, step.but)}: {step.act}" if step else WAITS_FOR.get(state, ""),
                step is not None and team.includes_viewer(step.permission, step.but),
                changed(facts, zone),
            )
        )
    return found


def live(facts: Facts, zone: ZoneInfo) -> str:
    """ "v2 since Oct 12, 2026"; "Different text" where Tokeny holds something else."""
    version = facts.disclaimer.live
    if version is None:
        return ""
    if facts.disclaimer.drift:
        return "Different text"
    since = (facts.live_since or version.at).astimezone(zone).date()
    return f"{version} since {say_day(since)}"


def changed(facts: Facts, zone: ZoneInfo) -> str:
    moments = [at for at in (facts.drafted_at, facts.latest and facts.latest.at) if at]
    return say_day(max(moments).astimezone(zone).date()) if moments else ""


class NextStep(NamedTuple):
    """`but`: IDs of those who may not, though their role may."""

    permission: Permission
    act: str
    but: frozenset[int] = frozenset()


WAITS_FOR = {State.PUBLISHING: "Tokeny’s response", State.UNCONFIRMED: "An automatic check of Tokeny"}
"""Where it waits for no person."""


def next_step(facts: Facts, state: State) -> NextStep | None:
    latest = facts.latest
    if state is State.DRIFTED:
        return None if facts.disclaimer.is_left else NextStep(Permission.WRITE_DISCLAIMERS, "review difference")
    if latest is None:
        return None
    if state is State.WAITING:
        done = frozenset((*latest.authors, *(review.person_id for review in latest.reviews.all())))
        return NextStep(Permission.APPROVE_DISCLAIMERS, f"approve {latest}", done)
    if state is State.APPROVED:
        return NextStep(Permission.PUBLISH_DISCLAIMERS, f"publish {latest}")
    return NextStep(Permission.WRITE_DISCLAIMERS, f"revise {latest}") if state is State.REJECTED else None


def facts_of(disclaimers: Sequence[Disclaimer]) -> list[Facts]:
    numbers = [each.pk for each in disclaimers]
    drafts = Draft.objects.filter(disclaimer__in=numbers, revision=F("disclaimer__revision"))
    drafted = {number: (sha256, at) for number, sha256, at in drafts.values_list("disclaimer_id", "sha256", "at")}
    confirmed = Push.objects.filter(version=OuterRef("live_id"), state=PushState.CONFIRMED).order_by("-ended_at")
    are_live = Disclaimer.objects.filter(pk__in=[each.pk for each in disclaimers if each.live_id]).order_by()
    since = dict(are_live.values_list("live_id", Subquery(confirmed.values("ended_at")[:1])))
    last = Version.objects.filter(disclaimer=OuterRef("disclaimer")).order_by("-number").values("pk")[:1]
    versions = Version.objects.filter(disclaimer__in=numbers, pk=Subquery(last)).defer("text")
    latest = {each.disclaimer_id: each for each in versions.prefetch_related("reviews")}
    pushes = Push.objects.filter(disclaimer__in=numbers, state__in=UNSETTLED).select_related("version")
    unsettled = {each.disclaimer_id: each for each in pushes.defer("version__text")}
    return [
        Facts(each, unsettled.get(each.pk), newest, is_ahead(draft, newest), since.get(each.live_id), drafted_at)
        for each in disclaimers
        for newest, (draft, drafted_at) in ((latest.get(each.pk), drafted.get(each.pk, (None, None))),)
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
        return f"{push.version} may be in Tokeny: the response was lost." if push and is_unknown else "Not published."
    checked = f", compared {short_time(disclaimer.checked_at, zone)}" if disclaimer.checked_at else ", not yet compared"
    if push and is_unknown:
        return f"{disclaimer.live} or {push.version} is in Tokeny: the response to {push.version} was lost{checked}."
    if disclaimer.drift:
        left = " (difference accepted)" if disclaimer.is_left else ""
        return f"{disclaimer.live} was published, but has been {Drift(disclaimer.drift).label} since{left}{checked}."
    return f"{disclaimer.live} is live{checked}."
