"""Inviting somebody into a team: an email with a link, which lives for seven days. Nobody is a member before they accept."""

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from apps.audit.actions import Action
from apps.audit.record import record
from apps.staff import outbox
from apps.staff.models import PasswordMail, StaffMember

from . import members
from .models import Invitation, Membership, Tenant
from .permissions import Role

LIVES = timedelta(days=7)
SALT = "apps.tenants.invitations"


class NotInvited(Exception):
    """The text says why."""


@transaction.atomic
def invite(tenant: Tenant, email: str, name: str, role: Role, actor: StaffMember) -> Invitation:
    """One that is open already is sent again, with this name and role. Raises NotInvited."""
    email = email.strip().lower()
    member = tenant.memberships.filter(person__email__iexact=email).first()
    if member:
        raise NotInvited(f"{email} is already a member ({member.role_label.lower()}).")
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    made = tenant.invitations.filter(email=email, accepted_at=None, withdrawn_at=None).first()
    made = made or Invitation(tenant=tenant, email=email)
    made.name, made.role, made.by = name, role, actor
    return send(made, actor)


@transaction.atomic
def send_again(invitation: Invitation, actor: StaffMember) -> Invitation:
    """With a new link, for another seven days. Raises NotInvited."""
    return send(Invitation.objects.select_for_update().get(pk=invitation.pk), actor)


def send(invitation: Invitation, actor: StaffMember) -> Invitation:
    if invitation.accepted_at or invitation.withdrawn_at:
        raise NotInvited("This invitation is no longer open.")
    invitation.nonce, invitation.until = secrets.token_hex(16), timezone.now() + LIVES
    invitation.save()
    words = {
        "inviter": actor.called, "team": invitation.tenant.name, "role": invitation.role_label.lower(),
        "name": invitation.name, "invitation": str(invitation.pk),
    }  # fmt: skip
    if not outbox.ask(invitation.email, PasswordMail.Kind.INVITATION, words):
        raise NotInvited(
            f"{invitation.email} got {outbox.MOST_A_DAY} emails of this kind today, which is the most. Try again tomorrow."
        )
    record(Action.MEMBER_INVITED, about=invitation, actor=actor, role=invitation.role)
    return invitation


@transaction.atomic
def withdraw(invitation: Invitation, actor: StaffMember) -> None:
    """Its link opens nothing from now on. Raises NotInvited."""
    still_open = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None)
    if not still_open.update(withdrawn_at=timezone.now()):
        raise NotInvited("This invitation is no longer open.")
    record(Action.INVITATION_WITHDRAWN, about=invitation, actor=actor)


def pending(tenant: Tenant) -> list[Invitation]:
    return list(tenant.invitations.filter(accepted_at=None, withdrawn_at=None).select_related("by"))


def link(mail: PasswordMail) -> str:
    """Made when it is sent, so that the queue holds no secret; "" for an invitation that is no longer open. One that a former
    release queued is for a member who has no password yet."""
    if "invitation" not in mail.invitation:
        return outbox.link(mail)
    found = Invitation.objects.filter(pk=mail.invitation["invitation"], accepted_at=None, withdrawn_at=None).first()
    return settings.SITE_URL + reverse("invitation", args=[token_of(found)]) if found and not found.is_late else ""


outbox.LINKS[PasswordMail.Kind.INVITATION] = link


def token_of(invitation: Invitation) -> str:
    return signing.dumps([str(invitation.pk), invitation.nonce], salt=SALT)


def by_token(token: str) -> Invitation | None:
    """None for a link that is none of ours, is late, was replaced by a newer one, used or taken back."""
    try:
        number, nonce = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    held: dict[str, Any] = {"pk": number, "nonce": nonce, "accepted_at": None, "withdrawn_at": None}
    found = Invitation.objects.select_related("tenant", "by").filter(**held).first()
    return found if found and not found.is_late else None


@transaction.atomic
def accept(invitation: Invitation, person: StaffMember) -> Membership:
    """Raises NotInvited if it was used or taken back a moment earlier."""
    still_open = Invitation.objects.filter(
        pk=invitation.pk, nonce=invitation.nonce, accepted_at=None, withdrawn_at=None, until__gt=timezone.now()
    )
    if not still_open.update(accepted_at=timezone.now()):
        raise NotInvited("This invitation is no longer open.")
    membership, _ = members.add(invitation.tenant, person.email, Role(invitation.role), person)
    record(Action.INVITATION_ACCEPTED, about=invitation, actor=person)
    return membership
