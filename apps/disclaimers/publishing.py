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
from .models import AWAY, UNSETTLED, Disclaimer, Drift, Push, PushState, turn_passed
from .reasons import Reason, because

LOOKS = (2, 10, 60, 300)
"""Seconds after its end at which an unknown push is looked for; afterwards every ten minutes."""
WITHOUT = "published without a second approver"


class NotPushed(Exception):
    """The text says why."""


@transaction.atomic
def push(disclaimer: Disclaimer, person: StaffMember, sha256: str | None = None) -> Push:
    """Queues the newest version for publication. `sha256`: of the text that the person confirmed; None for one who was
    not asked. Raises NotPushed."""
    locked = Disclaimer.objects.select_for_update(of=("self",)).select_related("tenant", "live").get(pk=disclaimer.pk)
    version, needed = locked.latest, locked.tenant.approvals_needed
    if version is None:
        raise NotPushed("Nothing has been submitted for approval.")
    if sha256 is not None and sha256 != version.sha256:
        raise NotPushed(f"The latest version is now {version}. Review it before you publish.")
    if not approving.is_approved(version, needed):
        raise NotPushed(
            f"{version} has {approving.approvals(version)} of {needed} required approval{'' if needed == 1 else 's'}."
        )
    if version == locked.live:
        raise NotPushed("Restore the published text first." if locked.drift else f"{version} is already live.")
    if locked.drift == Drift.CHANGED and not locked.is_left:
        raise NotPushed("Tokeny has a different text than the one you published. Resolve the difference first.")
    saved = tokeny.of_tenant(locked.tenant)
    if saved is None:
        raise NotPushed("Tokeny isn’t connected. Ask an owner to connect it under Settings > Connections.")
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
        raise NotPushed("This disclaimer is being published, or its last publication is unconfirmed.") from None
    turn_passed(locked.pk)
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
        raise NotPushed(f"Tokeny has this text {push.copies} times. Delete all but one in Tokeny first.")
    reason = because(Reason.ABANDONED, email=person.email)
    turn_passed(push.disclaimer_id)  # first, as all who lock both
    taken = Push.objects.filter(pk=push.pk, state=PushState.UNKNOWN)
    taken = taken if is_elsewhere else taken.filter(looks__gte=len(LOOKS))
    if not taken.update(state=PushState.REJECTED, look_at=None, given_up_at=timezone.now(), reason=reason):
        raise NotPushed("We’re still checking Tokeny. This takes about five minutes while Tokeny responds.")
    record(Action.PUSH_ABANDONED, about=push.disclaimer, actor=person, push=push.pk)


def unsettled(disclaimer: Disclaimer) -> Push | None:
    return disclaimer.pushes.filter(state__in=UNSETTLED).first()
