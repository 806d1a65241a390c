"""Approval by other people, bound to the hash of the text: change a byte and it is no longer approved."""

from typing import Any

from django.db import IntegrityError, transaction

from apps.audit.actions import Action
from apps.audit.record import record
from apps.staff.models import StaffMember
from apps.tenants.models import Tenant
from apps.tenants.permissions import Role

from . import notices
from .models import PASSED, ApprovalsAsked, Disclaimer, Review, Version, turn_passed


class NotReviewed(Exception):
    """The text says why."""


@transaction.atomic
def review(version: Version, sha256: str, person: StaffMember, reason: str = "", *, approves: bool) -> Review:
    """Records a review. `sha256`: of the text that the person saw. Raises NotReviewed."""
    disclaimer = Disclaimer.objects.select_for_update().get(pk=version.disclaimer_id)
    if sha256 != version.sha256 or not version.is_whole:
        raise NotReviewed("The text changed since you opened it. Review it again.")
    if person.pk in version.authors:
        raise NotReviewed("You edited this version, so someone else must approve it.")
    if version != disclaimer.latest:
        raise NotReviewed(f"A newer version exists. Review {disclaimer.latest} instead.")
    if not approves and not reason.strip():
        raise NotReviewed("Enter a reason so the author knows what to change.")
    try:
        with transaction.atomic():
            made = Review.objects.create(
                version=version, person=person, approves=approves, reason=reason.strip()[:500], sha256=sha256
            )
    except IntegrityError:
        raise NotReviewed("You already reviewed this version.") from None
    turn_passed(disclaimer.pk)
    record(
        Action.VERSION_APPROVED if approves else Action.VERSION_REJECTED,
        about=disclaimer,
        actor=person,
        version=version.number,
        sha256=sha256,
    )
    if not approves:
        notices.rejected(made)
    elif not is_rejected(version) and approvals(version) >= disclaimer.tenant.approvals_needed:
        notices.approved(version)
    return made


def approvals(version: Version) -> int:
    """Approvals of this very text by people who did not write in it."""
    given = [each for each in version.reviews.all() if each.approves and each.sha256 == version.sha256]
    return sum(each.person_id not in version.authors for each in given)


def is_rejected(version: Version) -> bool:
    return any(not each.approves for each in version.reviews.all())


def seems_approved(version: Version, needed: int) -> bool:
    """Judged by reviews alone, for a list; whether the row still holds the reviewed text is checked before sending."""
    return not is_rejected(version) and approvals(version) >= needed


def is_approved(version: Version, needed: int) -> bool:
    return version.is_whole and seems_approved(version, needed)


# How many must approve


@transaction.atomic
def ask_for(tenant: Tenant, needed: int, person: StaffMember) -> bool:
    """Sets the number of required approvals; whether it is in force now. A lower number must be confirmed by another
    owner if there is one: otherwise whoever may publish could do away with the second person alone."""
    team = Tenant.objects.select_for_update().get(pk=tenant.pk)
    ApprovalsAsked.objects.filter(tenant=team).delete()
    if needed < team.approvals_needed and other_owners(team, person):
        ApprovalsAsked.objects.create(tenant=team, needed=needed, person=person)
        record(
            Action.FEWER_APPROVALS_REQUESTED, actor=person, tenant=team.id, needed=needed, before=team.approvals_needed
        )
        return False
    put_in_force(team, needed, person)
    return True


@transaction.atomic
def confirm_fewer(tenant: Tenant, needed: int, person: StaffMember) -> None:
    """`needed`: the number that this owner saw. Raises NotReviewed."""
    team = Tenant.objects.select_for_update().get(pk=tenant.pk)
    asked = ApprovalsAsked.objects.filter(tenant=team, needed=needed).first()
    if asked is None:
        raise NotReviewed("No one is asking for this number of approvals anymore.")
    if asked.person_id == person.pk:
        raise NotReviewed("You asked for it, so another owner must confirm it.")
    asked.delete()
    put_in_force(team, needed, person, asked_by=asked.person_id)


@transaction.atomic
def keep_as_is(tenant: Tenant, person: StaffMember) -> None:
    """Withdraws the request, or declines another owner's."""
    if ApprovalsAsked.objects.filter(tenant=tenant).delete()[0]:
        record(Action.FEWER_APPROVALS_DECLINED, actor=person, tenant=tenant.id)


def other_owners(team: Tenant, person: StaffMember) -> bool:
    owners = team.memberships.filter(role=Role.OWNER, person__is_active=True)
    return owners.exclude(person=person).exists()


def put_in_force(team: Tenant, needed: int, person: StaffMember, asked_by: int | None = None) -> None:
    details: dict[str, Any] = {"asked_by": asked_by} if asked_by else {}
    if needed < team.approvals_needed and not asked_by:
        details["note"] = "without a second person"
    Tenant.objects.filter(pk=team.pk).update(approvals_needed=needed)
    team.disclaimers.update(**PASSED)
    record(
        Action.APPROVALS_CHANGED, actor=person, tenant=team.id, needed=needed, before=team.approvals_needed, **details
    )
