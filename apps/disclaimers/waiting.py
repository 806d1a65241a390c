"""Whom a disclaimer waits for: the team's people by what they may do, and the steps from a version to the public."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from apps.listing import short_time
from apps.staff.models import StaffMember
from apps.tenants.models import Tenant
from apps.tenants.permissions import Permission, Role, may, who_may

from . import approving
from .models import Origin, Push, PushState, Review, Version

NAMED = 2
"""So many are named; more are counted."""


@dataclass(frozen=True, slots=True)
class Team:
    """`people`: (ID, email, role) of the members who can sign in."""

    people: Sequence[tuple[int, str, str]]
    viewer: int

    def who_may(self, permission: Permission, but: Collection[int] = ()) -> str:
        """ "You or ben@…"; "No one yet" if no member may."""
        able = self.able(permission, but)
        able.sort(key=lambda person: person[0] != self.viewer)
        names = ["You" if pk == self.viewer else email for pk, email in able]
        if len(names) > NAMED:
            return f"You or {len(names) - 1} others" if names[0] == "You" else f"Any of {len(names)} people"
        return " or ".join(names) or "No one yet"

    def includes_viewer(self, permission: Permission, but: Collection[int] = ()) -> bool:
        return any(pk == self.viewer for pk, _ in self.able(permission, but))

    def able(self, permission: Permission, but: Collection[int]) -> list[tuple[int, str]]:
        return [(pk, email) for pk, email, role in self.people if may(Role(role), permission) and pk not in but]


def team_of(tenant: Tenant, viewer: StaffMember) -> Team:
    people = tenant.memberships.filter(person__is_active=True)
    return Team(list(people.values_list("person_id", "person__email", "role")), viewer.pk)


@dataclass(frozen=True, slots=True)
class Step:
    """`mark`: done, now, later or failed."""

    label: str
    said: str
    mark: str

    @property
    def mark_words(self) -> str:
        """For readers who don't see the mark."""
        return {"done": "done", "now": "next", "later": "later", "failed": "problem"}[self.mark]


def steps(version: Version, reviews: Sequence[Review], tenant: Tenant, team: Team) -> list[Step]:
    """From submitting to the public, for one version."""
    zone, needed = tenant.zone, tenant.approvals_needed
    given, is_rejected = approving.approvals(version), approving.is_rejected(version)
    is_approved = not is_rejected and given >= needed
    push = version.pushes.select_related("person").filter(state=PushState.CONFIRMED).first()
    return [
        Step("Submitted", f"{version.author or 'Tokeny'}, {short_time(version.at, zone)}", "done"),
        approval(version, reviews, needed, team, is_approved=is_approved),
        publication(push, version, zone, is_next=is_approved),
        read_back(push),
    ]


def approval(version: Version, reviews: Sequence[Review], needed: int, team: Team, *, is_approved: bool) -> Step:
    rejecting = next((review for review in reviews if not review.approves), None)
    if rejecting:
        return Step("Rejected", f"{rejecting.person}: {rejecting.reason}", "failed")
    if not needed:
        return Step("No approval required", "Published without a second approver", "done")
    others = f"{needed} other {'person' if needed == 1 else 'people'}"
    approved = ", ".join(str(review.person) for review in reviews if review.approves)
    if is_approved:
        return Step(f"Approved by {others}", approved, "done")
    able = team.who_may(Permission.APPROVE_DISCLAIMERS, but={*version.authors, *(each.person_id for each in reviews)})
    given = f"{approving.approvals(version)} of {needed}"
    return Step(
        f"Approval by {others}",
        f"{given}{f' ({approved})' if approved else ''}. Waiting for {able[:1].lower()}{able[1:]}",
        "now",
    )


def publication(push: Push | None, version: Version, zone: ZoneInfo, *, is_next: bool) -> Step:
    if push and push.ended_at:
        return Step(
            "Published to Tokeny", f"{push.person or 'Command line'}, {short_time(push.ended_at, zone)}", "done"
        )
    if version.origin in (Origin.IMPORTED, Origin.ADOPTED):
        return Step("Published in Tokeny", "Its text comes from there", "done")
    if version.pushes.filter(state=PushState.UNKNOWN).exists():
        return Step("Publication unconfirmed", "Check Tokeny before you publish again", "failed")
    able = who_may(Permission.PUBLISH_DISCLAIMERS)
    return Step("Publication to Tokeny", f"By an {able}; public immediately", "now" if is_next else "later")


def read_back(push: Push | None) -> Step:
    if push and push.read_back_sha256:
        is_same = push.read_back_sha256 == push.sha256
        return Step(
            "Verified in Tokeny",
            "Exact match" if is_same else "Tokeny has different text",
            "done" if is_same else "failed",
        )
    said = "Compared byte for byte, then again every 5 minutes"
    return Step("Verification in Tokeny", said, "now" if push else "later")
