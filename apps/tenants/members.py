"""Adding, changing and removing members of a team.

A change takes effect at the person's next request; a team never loses its last owner. A change and its audit entry are
one transaction. `actor` is None for the shell.
"""

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.actions import Action
from apps.audit.record import by, record
from apps.staff.models import FACTORS, StaffMember

from .models import Membership, ProviderAccount, Tenant
from .permissions import NEED_TWO_STEP, Role


class LastOwner(Exception):
    """The change would leave the team without an owner."""


@transaction.atomic
def add(tenant: Tenant, email: str, role: Role, actor: StaffMember | None) -> tuple[Membership, bool]:
    """Returns the membership, and whether it is new. A new person gets an account without a password."""
    person = StaffMember.objects.filter(email__iexact=email).first() or created(email)
    membership, is_new = Membership.objects.get_or_create(tenant=tenant, person=person, defaults={"role": role})
    if is_new:
        kinds = Authenticator.objects.filter(user=person, type__in=FACTORS).values_list("type", flat=True)
        record(Action.MEMBER_ADDED, about=membership, role=role.value, factors=list(kinds), **by(actor))
    return membership, is_new


def created(email: str) -> StaffMember:
    """The new account, or the one that another team's owner made a moment earlier."""
    try:
        with transaction.atomic():
            return StaffMember.objects.create_user(email)
    except IntegrityError:
        return StaffMember.objects.get(email__iexact=email.strip())


@transaction.atomic
def change_role(membership: Membership, role: Role, actor: StaffMember | None) -> None:
    """Raises LastOwner."""
    keep_an_owner(membership, becomes=role)
    if (role in NEED_TWO_STEP) != (Role(membership.role) in NEED_TWO_STEP):
        membership.role_since = timezone.now()
    membership.role = role
    membership.save(update_fields=("role", "role_since"))
    record(Action.MEMBER_CHANGED, about=membership, role=role.value, **by(actor))


@transaction.atomic
def remove(membership: Membership, actor: StaffMember | None) -> None:
    """Raises LastOwner."""
    keep_an_owner(membership, becomes=None)
    record(Action.MEMBER_REMOVED, about=membership, **by(actor))
    end(membership)


@transaction.atomic
def leave(membership: Membership) -> None:
    """Raises LastOwner."""
    keep_an_owner(membership, becomes=None)
    record(Action.MEMBER_LEFT, about=membership, actor=membership.person)
    end(membership)


def end(membership: Membership) -> None:
    """Along with the link to the team's provider."""
    ProviderAccount.objects.filter(tenant=membership.tenant_id, person=membership.person_id).delete()
    membership.delete()


def keep_an_owner(membership: Membership, becomes: Role | None) -> None:
    """Locks the team's row, so that two owners who step down at once do so one after the other."""
    tenant = Tenant.objects.select_for_update().get(pk=membership.tenant_id)
    owners = tenant.memberships.filter(role=Role.OWNER)
    is_owner = owners.filter(pk=membership.pk).exists()
    if is_owner and becomes != Role.OWNER and owners.count() == 1:
        raise LastOwner
