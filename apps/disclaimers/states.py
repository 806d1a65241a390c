"""Where a disclaimer stands, in one word and one sentence."""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from apps.listing.values import short_time
from apps.tenants.models import Tenant

from . import approving, publishing
from .models import Disclaimer, Drift, PushState


class State(StrEnum):
    DRAFT = "draft"
    WAITING = "waiting for approval"
    REJECTED = "rejected"
    APPROVED = "approved"
    PUBLISHING = "publishing"
    UNKNOWN = "unknown"
    LIVE = "live"
    DRIFTED = "drifted"


TONES = {
    State.DRAFT: "open", State.WAITING: "wait", State.REJECTED: "bad", State.APPROVED: "good", State.PUBLISHING: "wait",
    State.UNKNOWN: "bad", State.LIVE: "good", State.DRIFTED: "bad",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    state: State
    tone: str
    sentence: str


def standing(disclaimer: Disclaimer, tenant: Tenant) -> Standing:
    state = state_of(disclaimer, tenant.approvals_needed)
    return Standing(state, TONES[state], sentence(disclaimer, tenant.zone))


def state_of(disclaimer: Disclaimer, needed: int) -> State:
    unsettled = publishing.unsettled(disclaimer)
    if unsettled:
        return State.UNKNOWN if unsettled.state == PushState.UNKNOWN else State.PUBLISHING
    if disclaimer.drift:
        return State.DRIFTED
    latest, draft = disclaimer.latest, disclaimer.draft
    if latest is None or (draft and draft.text != latest.text):
        return State.DRAFT
    if latest == disclaimer.live:
        return State.LIVE
    if approving.is_rejected(latest):
        return State.REJECTED
    return State.APPROVED if approving.is_approved(latest, needed) else State.WAITING


def sentence(disclaimer: Disclaimer, zone: ZoneInfo) -> str:
    """What is live, whatever is being written."""
    if not disclaimer.live:
        return "Not published."
    checked = f", checked {short_time(disclaimer.checked_at, zone)}" if disclaimer.checked_at else ", not checked yet"
    if disclaimer.drift:
        left = " (looked at and left)" if disclaimer.is_left else ""
        return f"{disclaimer.live} was published, but it is {Drift(disclaimer.drift).label}{left}{checked}."
    return f"Live is {disclaimer.live}{checked}."
