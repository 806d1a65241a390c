"""Requesting a publication: who may start a push, and when another may be started. The worker's part is in sending.py.

The push's row is the queue, its lock and its receipt (docs/adr/0006).
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.actions import Action
from apps.audit.record import record
from apps.staff.models import StaffMember
from apps.tenants.sign_ins import tokeny

from . import approving
from .drafting import NotSent, check
from .models import AWAY, UNSETTLED, Disclaimer, Drift, Push, PushState
from .reasons import Reason, because

LOOKS = (2, 10, 60, 300)
"""Seconds after its end at which an unknown push is looked for; afterwards every ten minutes."""
WITHOUT = "published without a second person"


class NotPushed(Exception):
    """The text says why."""


@transaction.atomic
def push(disclaimer: Disclaimer, person: StaffMember) -> Push:
    """Queues the newest version for publication. Raises NotPushed."""
    locked = Disclaimer.objects.select_for_update(of=("self",)).select_related("tenant", "live").get(pk=disclaimer.pk)
    version, needed = locked.latest, locked.tenant.approvals_needed
    if version is None:
        raise NotPushed("Nothing was sent for approval yet.")
    if not approving.is_approved(version, needed):
        raise NotPushed(f"{version} is not approved: {approving.approvals(version)} of {needed} approvals.")
    if version == locked.live:
        raise NotPushed("Restore it first, through approval." if locked.drift else f"{version} is live already.")
    if locked.drift == Drift.CHANGED and not locked.is_left:
        raise NotPushed("Tokeny holds another text than was published. Decide first what becomes of it.")
    saved = tokeny.of_tenant(locked.tenant)
    if saved is None:
        raise NotPushed("There is no sign-in to Tokeny. An owner can add it on the connections page.")
    try:
        check(version.text)
        with transaction.atomic():
            made = Push.objects.create(
                disclaimer=locked, version=version, sha256=version.sha256, person=person, place_id=saved.place_id,
                target=None if locked.drift in AWAY else locked.tokeny_id, base_sha256=base_of(locked), approvals=approving.approvals(version),
            )  # fmt: skip
    except NotSent as why:
        raise NotPushed(str(why)) from None
    except IntegrityError:
        raise NotPushed("A push of this disclaimer is under way, or it is not known how the last one ended.") from None
    record(
        Action.PUSH_BEGUN,
        about=locked,
        actor=person,
        version=version.number,
        sha256=version.sha256,
        push=made.pk,
        **without(made),
    )
    return made


def without(push: Push) -> dict[str, Any]:
    """The audit details of a push that no one approved."""
    return {} if push.approvals else {"note": WITHOUT}


def base_of(disclaimer: Disclaimer) -> str:
    """The text that an update replaces: what someone last saw at Tokeny and decided about. A text that is missing
    there, or unpublished, is published as a new one."""
    if disclaimer.drift == Drift.CHANGED:
        return disclaimer.left_sha256
    return disclaimer.live.sha256 if disclaimer.live else ""


@transaction.atomic
def give_up(push: Push, person: StaffMember) -> None:
    """A person has looked at Tokeny and says that nothing was published: it may be sent again. Raises NotPushed. It is
    still looked for whenever Tokeny is read, since it may yet arrive."""
    saved = tokeny.of_tenant(push.disclaimer.tenant)
    is_elsewhere = saved is not None and saved.place_id != push.place_id  # no one looks for it there any more
    if push.copies:
        raise NotPushed(f"Tokeny holds this text {push.copies} times. Remove all but one there first.")
    reason = because(Reason.ABANDONED, email=person.email)
    taken = Push.objects.filter(pk=push.pk, state=PushState.UNKNOWN)
    taken = taken if is_elsewhere else taken.filter(looks__gte=len(LOOKS))
    if not taken.update(state=PushState.REJECTED, look_at=None, given_up_at=timezone.now(), reason=reason):
        raise NotPushed("It is still being looked for; that takes five minutes of Tokeny answering.")
    record(Action.PUSH_ABANDONED, about=push.disclaimer, actor=person, push=push.pk)


def unsettled(disclaimer: Disclaimer) -> Push | None:
    return disclaimer.pushes.filter(state__in=UNSETTLED).first()
