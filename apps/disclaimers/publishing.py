"""Pushing to an API without idempotency keys: nothing lost, no silent duplicate, every unknown visible.

The row of a push is the queue. A worker claims it, notes what Tokeny holds, commits, then sends, once. A time-out is
*unknown*, never *failed*: it is looked for on a schedule by its hash, and never sent again by itself.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from apps.staff.models import StaffMember
from apps.tenants import tokeny
from apps.tenants.models import Tenant
from apps.upstream import errors
from apps.upstream.tokeny.client import Entry, Listed, Tokeny

from . import approving
from .drafting import NotSent, check, tell
from .models import OPEN, UNSETTLED, Disclaimer, Drift, Push, PushState, Stranger

log = structlog.get_logger("publishing")

LOOKS = (2, 10, 60, 300)
"""Seconds after its end at which an unknown push is looked for; afterwards every SWEEP."""
SWEEP = 600
ABANDONED = timedelta(seconds=120)
"""A claim older than this belongs to a worker that is gone: a call takes 15 s at most, and there are three."""
AGAIN = timedelta(seconds=10)
"""After this a push that could not be begun is tried again; nothing of it was sent."""
WITHOUT = "published without a second person"
LOST = (errors.Unanswered, errors.Failed, errors.Unreadable)


class NotPushed(Exception):
    """The sentence says why."""


@transaction.atomic
def push(disclaimer: Disclaimer, person: StaffMember) -> Push:
    """The intent to publish the newest version. Raises NotPushed."""
    locked = Disclaimer.objects.select_for_update().select_related("tenant", "live").get(pk=disclaimer.pk)
    version, needed = locked.latest, locked.tenant.approvals_needed
    if version is None:
        raise NotPushed("Nothing was sent for approval yet.")
    if not approving.is_approved(version, needed):
        raise NotPushed(f"{version} is not approved: {approving.approvals(version)} of {needed} approvals.")
    if version == locked.live and not locked.drift:
        raise NotPushed(f"{version} is live already.")
    if locked.drift == Drift.CHANGED and not locked.left_sha256:
        raise NotPushed("Tokeny holds another text than was published. Decide first what becomes of it.")
    if tokeny.of_tenant(locked.tenant) is None:
        raise NotPushed("There is no sign-in to Tokeny. An owner can add it on the connections page.")
    try:
        check(version.text)
        with transaction.atomic():
            made = Push.objects.create(
                disclaimer=locked, version=version, sha256=version.sha256, person=person, target=locked.tokeny_id,
                base_sha256=base_of(locked), approvals=approving.approvals(version),
            )  # fmt: skip
    except NotSent as why:
        raise NotPushed(str(why)) from None
    except IntegrityError:
        raise NotPushed("A push of this disclaimer is under way, or it is not known how the last one ended.") from None
    tell("push begun", locked, person, version=version.number, sha256=version.sha256, push=made.pk)
    return made


def base_of(disclaimer: Disclaimer) -> str:
    """The text that an update takes the place of: what somebody last saw at Tokeny and decided upon."""
    if disclaimer.drift == Drift.CHANGED:
        return disclaimer.left_sha256
    return disclaimer.live.sha256 if disclaimer.live else ""


# What a worker does


def work(now: Callable[[], datetime] = timezone.now) -> bool:
    """One step; whether there was one. Any number of workers may do so at once."""
    recover(now())
    if claimed := claim(now()):
        reach("claimed")
        send(claimed, now)
        reach("ended")
        return True
    if due := look_due(now()):
        look(due, now())
        return True
    return False


def claim(now: datetime) -> Push | None:
    """The oldest that waits, of a team that has none being sent. Conditional, so that one worker alone gets it."""
    busy = Push.objects.filter(state=PushState.SENDING, disclaimer__tenant=OuterRef("disclaimer__tenant"))
    is_due = Q(look_at=None) | Q(look_at__lte=now)
    waiting = Push.objects.filter(is_due, state=PushState.QUEUED).exclude(Exists(busy)).order_by("pk")
    for each in waiting.select_related("disclaimer__tenant", "version")[:5]:
        with transaction.atomic():
            tenant = Tenant.objects.select_for_update().get(pk=each.disclaimer.tenant_id)
            others = Push.objects.filter(state=PushState.SENDING, disclaimer__tenant=tenant)
            if not others.exists() and Push.objects.filter(pk=each.pk, state=PushState.QUEUED).update(
                state=PushState.SENDING, claimed_at=now
            ):
                return each
    return None


def recover(now: datetime) -> None:
    """What a worker that is gone had claimed: back to the queue where nothing was sent, else it is unknown."""
    old = Push.objects.filter(state=PushState.SENDING, claimed_at__lt=now - ABANDONED)
    old.filter(sent_at=None).update(state=PushState.QUEUED, claimed_at=None)
    for each in old.exclude(sent_at=None).select_related("disclaimer"):
        become_unknown(each, now, "The worker ended while it was sending.")


def send(push: Push, now: Callable[[], datetime]) -> None:
    try:
        api = client(push)
        reach("opened")
        listed = api.list_disclaimers()
    except errors.UpstreamError as error:
        not_sent(push, now(), error)
        return
    reach("listed")
    if problem := in_the_way(push, listed):
        end(push, PushState.REJECTED, now(), problem)
        return
    reach("checked")
    push.mark, push.sent_at = listed.highest, now()
    marked = Push.objects.filter(pk=push.pk, state=PushState.SENDING, sent_at=None)
    if not marked.update(mark=push.mark, sent_at=push.sent_at):
        return  # another worker took it for abandoned meanwhile; nothing was sent from here
    reach("marked")
    try:
        written = write(api, push)
    except LOST as error:
        reach("lost")
        become_unknown(push, now(), str(error))
        reach("unknown")
    except errors.UpstreamError as error:
        end(push, PushState.REJECTED, now(), f"{error.what} {error.means}")
    else:
        reach("answered")
        confirm(push, written, now())
        reach("confirmed")
        read_back(push, api, now())
        reach("read back")


POINTS: list[Callable[[str], None]] = []
"""Told of each step by name; tests end a worker there (tests/disclaimers/test_crashes.py). Nobody else listens."""


def reach(point: str) -> None:
    for listener in POINTS:
        listener(point)


def client(push: Push) -> Tokeny:
    saved = tokeny.of_tenant(push.disclaimer.tenant)
    if saved is None:
        raise errors.Unreachable
    return tokeny.client(saved)


def write(api: Tokeny, push: Push) -> Entry:
    return (
        api.update_disclaimer(push.target, push.version.text)
        if push.target
        else api.create_disclaimer(push.version.text)
    )


def in_the_way(push: Push, listed: Listed) -> str:
    """What an update finds instead of the text that it is to take the place of."""
    if not push.target:
        return ""
    there = listed.entries.get(push.target)
    if there is None and listed.is_complete:
        note_drift(push.disclaimer, Drift.GONE, "")
        return "It is gone from Tokeny. Nothing was sent."
    if there is not None and push.base_sha256 and there.sha256 not in (push.base_sha256, push.sha256):
        note_drift(push.disclaimer, Drift.CHANGED, there.text or "")
        return "Somebody changed it at Tokeny since it was last looked at. Nothing was sent, and nothing of theirs overwritten."
    return ""


def not_sent(push: Push, now: datetime, error: errors.UpstreamError) -> None:
    """Tokeny could not be read beforehand. A refusal ends the push; anything that may pass leaves it in the queue."""
    words = f"{error.what} {error.next} Nothing was sent."
    if isinstance(error, errors.Refused) and not isinstance(error, errors.Throttled):
        end(push, PushState.REJECTED, now, words)
    elif now - push.at > timedelta(minutes=15):
        end(push, PushState.REJECTED, now, f"{words} It was tried for 15 minutes.")
    else:
        again = now + AGAIN
        Push.objects.filter(pk=push.pk).update(
            state=PushState.QUEUED, claimed_at=None, look_at=again, words=words[:500]
        )


@transaction.atomic
def confirm(push: Push, written: Entry, now: datetime) -> None:
    """Binds the push to Tokeny's number. What was published is live from here on."""
    Push.objects.filter(pk=push.pk).update(
        state=PushState.CONFIRMED, tokeny_id=written.id, tokeny_updated_at=written.updated_at[:40], ended_at=now, words="",
        look_at=None,
    )  # fmt: skip
    Disclaimer.objects.filter(pk=push.disclaimer_id).update(
        tokeny_id=written.id, live=push.version, checked_at=now, drift=Drift.NONE, drift_text="", left_sha256=""
    )
    forget_stranger(push.disclaimer, written.id)
    tell("push confirmed", push.disclaimer, push.person, push=push.pk, tokeny=written.id, sha256=push.sha256)


def forget_stranger(disclaimer: Disclaimer, number: int) -> None:
    Stranger.objects.filter(tenant=disclaimer.tenant_id, tokeny_id=number).delete()


def read_back(push: Push, api: Tokeny, now: datetime) -> None:
    """The receipt's last line: what Tokeny holds afterwards. Another text there is drift, said at once."""
    try:
        listed = api.list_disclaimers()
    except errors.UpstreamError:
        return  # the watch reads it again
    number = Push.objects.values_list("tokeny_id", flat=True).get(pk=push.pk)
    there = listed.entries.get(number or 0)
    if there is None:
        return
    Push.objects.filter(pk=push.pk).update(read_back_sha256=there.sha256)
    if there.sha256 != push.sha256:
        note_drift(push.disclaimer, Drift.CHANGED, there.text or "")


def note_drift(disclaimer: Disclaimer, drift: Drift, text: str) -> None:
    Disclaimer.objects.filter(pk=disclaimer.pk).update(drift=drift, drift_text=text)
    tell("drift found", disclaimer, None, drift=drift.value)


def become_unknown(push: Push, now: datetime, words: str) -> None:
    Push.objects.filter(pk=push.pk).update(
        state=PushState.UNKNOWN, ended_at=now, words=words[:500], looks=0, look_at=now + timedelta(seconds=LOOKS[0])
    )
    tell("push unknown", push.disclaimer, push.person, push=push.pk)


def end(push: Push, state: PushState, now: datetime, words: str) -> None:
    Push.objects.filter(pk=push.pk).update(state=state, ended_at=now, words=words[:500], look_at=None)
    tell(f"push {state.value}", push.disclaimer, push.person, push=push.pk)


# Looking for what is unknown


def look_due(now: datetime) -> Push | None:
    due = Push.objects.filter(Q(state=PushState.UNKNOWN), look_at__lte=now)
    return due.select_related("disclaimer__tenant", "version").order_by("look_at").first()


def look(push: Push, now: datetime) -> None:
    """Claims the look by moving its time, so that two workers do not look at once."""
    looks = push.looks + 1
    wait = LOOKS[looks] - LOOKS[looks - 1] if looks < len(LOOKS) else SWEEP
    claimed = Push.objects.filter(pk=push.pk, state=PushState.UNKNOWN, looks=push.looks)
    if not claimed.update(looks=looks, look_at=now + timedelta(seconds=wait)):
        return
    reach("look claimed")
    try:
        listed = client(push).list_disclaimers()
    except errors.UpstreamError as error:
        log.warning("an unknown push could not be looked for", push=push.pk, said=str(error))
        return
    reach("look listed")
    settle(push, listed, now)
    reach("look settled")


def settle(push: Push, listed: Listed, now: datetime) -> bool:
    """Whether the list tells how an unknown push ended. One match binds; several are an alert; none settles nothing."""
    found = matches(push, listed)
    if len(found) == 1:
        confirm(push, found[0], now)
        Push.objects.filter(pk=push.pk).update(read_back_sha256=found[0].sha256)
        return True
    if len(found) > 1:
        numbers = ", ".join(str(entry.id) for entry in found)
        Push.objects.filter(pk=push.pk).update(
            words=f"Tokeny holds this text {len(found)} times since: numbers {numbers}. A person must look."
        )
    return False


def matches(push: Push, listed: Listed) -> list[Entry]:
    if push.target:
        there = listed.entries.get(push.target)
        return [there] if there and there.sha256 == push.sha256 else []
    bound = set(Push.objects.exclude(pk=push.pk).exclude(tokeny_id=None).values_list("tokeny_id", flat=True)) | set(
        Disclaimer.objects.filter(tenant=push.disclaimer.tenant_id)
        .exclude(tokeny_id=None)
        .values_list("tokeny_id", flat=True)
    )
    new = [entry for entry in listed.entries.values() if entry.id > (push.mark or 0) and entry.id not in bound]
    return [entry for entry in new if entry.sha256 == push.sha256]


@transaction.atomic
def give_up(push: Push, person: StaffMember) -> None:
    """A person has looked at Tokeny and says that it was not published: it may be sent anew. Raises NotPushed."""
    taken = Push.objects.filter(pk=push.pk, state=PushState.UNKNOWN, looks__gte=len(LOOKS))
    if not taken.update(
        state=PushState.REJECTED, look_at=None, words=f"{person.email} looked at Tokeny and did not find it."
    ):
        raise NotPushed("It is still being looked for; that takes five minutes.")
    tell("push given up", push.disclaimer, person, push=push.pk)


def is_open(disclaimer: Disclaimer) -> bool:
    return disclaimer.pushes.filter(state__in=OPEN).exists()


def unsettled(disclaimer: Disclaimer) -> Push | None:
    return disclaimer.pushes.filter(state__in=UNSETTLED).first()
