"""The worker's part of publishing: nothing lost, no silent duplicate, every unknown visible.

It claims a row, notes what Tokeny holds, commits, then sends, once. A time-out is *unknown*, never *failed*: the text
is looked for on a schedule by its hash, and never sent again automatically. Each step moves a row only from the state
it expects.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from apps.audit import outage
from apps.audit.actions import Action
from apps.audit.record import record
from apps.tenants.models import Tenant
from apps.tenants.sign_ins import tokeny
from apps.upstream import errors
from apps.upstream.tokeny.auth import API
from apps.upstream.tokeny.client import Entry, Listed, Tokeny, sha256

from . import approving, bindings, notices
from .models import AWAY, PASSED, Disclaimer, Drift, Push, PushState, UntrackedText, drift_hash, turn_passed
from .publishing import LOOKS, without
from .reasons import Kept, Reason, because

log = structlog.get_logger("publishing")

SWEEP = 600
"""Seconds between two looks for what was not found on the schedule."""
ABANDONED = timedelta(seconds=120)
"""A claim older than this belongs to a worker that is gone: a call takes 15 s at most, and there are three."""
AGAIN = timedelta(seconds=10)
"""After this a push that could not be begun is tried again; nothing of it was sent."""
TRIED = timedelta(minutes=15)
LOST = (errors.Unanswered, errors.Failed, errors.Unreadable)


class SignInGone(errors.Refused):
    api = API
    means = "Nothing was sent."
    next = "Ask an owner to add one under Settings > Connections."

    def __init__(self, status: int = 0) -> None:
        super().__init__(status)
        self._what = "Your team’s Tokeny sign-in was removed."


class SignInMoved(errors.Refused):
    """The sign-in leads to another Tokeny than the push was meant for."""

    api = API
    means = "Nothing was sent."
    next = "If that’s intended, publish it there."

    def __init__(self, status: int = 0) -> None:
        super().__init__(status)
        self._what = "Your team’s sign-in now leads to a different Tokeny."


def work(now: Callable[[], datetime] = timezone.now) -> bool:
    """Does one step; whether there was one. Any number of workers may run at once."""
    recover(now())
    if claimed := claim(now()):
        log.debug("step", step="claimed")
        send_or_say(claimed, now)
        log.debug("step", step="ended")
        return True
    if due := unknown_due(now()):
        poll_unknown(due, now())
        return True
    return False


def move(push: Push, to: PushState, *since: PushState, **values: Any) -> bool:
    """Moves a push from one of the states `since` to another; whether this call did, rather than another worker's."""
    return bool(Push.objects.filter(pk=push.pk, state__in=since).update(state=to, **values))


def claim(now: datetime) -> Push | None:
    """Claims the oldest waiting push of a team that has none being sent. Conditional, so that only one worker gets
    it."""
    busy = Push.objects.filter(state=PushState.SENDING, disclaimer__tenant=OuterRef("disclaimer__tenant"))
    is_due = Q(look_at=None) | Q(look_at__lte=now)
    waiting = Push.objects.filter(is_due, state=PushState.QUEUED).exclude(Exists(busy)).order_by("pk")
    for each in waiting.select_related("disclaimer__tenant", "version")[:5]:
        with transaction.atomic():
            tenant = Tenant.objects.select_for_update().get(pk=each.disclaimer.tenant_id)
            others = Push.objects.filter(state=PushState.SENDING, disclaimer__tenant=tenant)
            if not others.exists() and move(each, PushState.SENDING, PushState.QUEUED, claimed_at=now):
                each.claimed_at = now
                return each
    return None


def recover(now: datetime) -> None:
    """Recovers what a lost worker had claimed: queued again if nothing was sent, else unknown."""
    old = Push.objects.filter(state=PushState.SENDING, claimed_at__lt=now - ABANDONED)
    old.filter(sent_at=None).update(state=PushState.QUEUED, claimed_at=None)
    for each in old.exclude(sent_at=None).select_related("disclaimer"):
        become_unknown(each, now, because(Reason.WORKER_ENDED))


def send_or_say(push: Push, now: Callable[[], datetime]) -> None:
    """A fault of ours must not stop other teams' pushes: it is noted on the row and in the log."""
    try:
        send(push, now)
    except outage.AWAY:
        raise
    except Exception:
        log.exception("a push broke off", push=push.pk)
        if Push.objects.filter(pk=push.pk).exclude(sent_at=None).exists():
            become_unknown(push, now(), because(Reason.FAULT_AFTER_SENDING))
        else:
            reject(push, now(), because(Reason.FAULT))


def send(push: Push, now: Callable[[], datetime]) -> None:
    try:
        api = client(push)
        log.debug("step", step="opened")
        listed = api.list_disclaimers()
    except errors.UpstreamError as error:
        not_sent(push, now(), error)
        return
    log.debug("step", step="listed")
    if problem := in_the_way(push, listed, now()):
        reject(push, now(), problem)
        return
    log.debug("step", step="checked")
    if not mark_as_sent(push, listed, now()):
        return
    log.debug("step", step="marked")
    try:
        written = write(api, push)
    except LOST as error:
        log.debug("step", step="lost")
        become_unknown(push, now(), because(Reason.ANSWER_LOST, error))
        log.debug("step", step="unknown")
    except errors.UpstreamError as error:
        reject(push, now(), because(Reason.REJECTED, error))
    else:
        log.debug("step", step="answered")
        confirm(push, written, now())
        log.debug("step", step="confirmed")
        read_back(push, api)
        log.debug("step", step="read back")


def client(push: Push) -> Tokeny:
    saved = tokeny.of_tenant(push.disclaimer.tenant)
    if saved is None:
        raise SignInGone
    if saved.place_id != push.place_id:
        raise SignInMoved
    return tokeny.client(saved)


def write(api: Tokeny, push: Push) -> Entry:
    text = push.version.text
    return api.update_disclaimer(push.target, text) if push.target else api.create_disclaimer(text)


@transaction.atomic
def mark_as_sent(push: Push, listed: Listed, now: datetime) -> bool:
    """Whether it may go out now; from here on a byte may have been sent. Approval is checked once more, since someone
    may have rejected it meanwhile, and so is the claim, since another worker may have taken this one for lost."""
    locked = Disclaimer.objects.select_for_update(of=("self",)).select_related("tenant").get(pk=push.disclaimer_id)
    version = push.version
    is_approved = approving.is_approved(version, locked.tenant.approvals_needed) and version.sha256 == push.sha256
    if not is_approved:
        reject(push, now, because(Reason.NOT_APPROVED))
        return False
    mine = Push.objects.filter(pk=push.pk, state=PushState.SENDING, sent_at=None, claimed_at=push.claimed_at)
    return bool(mine.update(mark=listed.highest, sent_at=now))


def in_the_way(push: Push, listed: Listed, now: datetime) -> Kept | None:
    """What an update finds instead of the text it should replace; or an earlier push that arrived after all."""
    there = bindings.entry_of(push.disclaimer, listed)
    if not push.target:
        if there and there.is_published and push.disclaimer.drift in AWAY:
            return because(Reason.FOUND_AGAIN, number=there.id)
        return arrived_after_all(push, listed, now)
    if there is None and listed.is_complete:
        note_drift(push.disclaimer, Drift.GONE, "")
        return because(Reason.MISSING)
    if there is not None and not there.is_published:
        note_drift(push.disclaimer, Drift.HIDDEN, "")
        return because(Reason.UNPUBLISHED)
    if there is not None and there.sha256 not in (push.base_sha256, push.sha256):
        note_drift(push.disclaimer, Drift.CHANGED, there.text or "")
        return because(Reason.CHANGED)
    return None


def arrived_after_all(push: Push, listed: Listed, now: datetime) -> Kept | None:
    former_ones = push.disclaimer.pushes.filter(target=None, tokeny_id=None, place=push.place)
    for former in former_ones.exclude(given_up_at=None):
        found = matches(former, listed)
        if former.sha256 == push.sha256 and found and confirm(former, found[0], now):
            return because(Reason.ARRIVED_AFTER_ALL)
    return None


def not_sent(push: Push, now: datetime, error: errors.UpstreamError) -> None:
    """Tokeny could not be read beforehand. A refusal ends the push; anything temporary leaves it in the queue."""
    reason = because(Reason.NOT_SENT, error)
    if isinstance(error, errors.Refused) and not isinstance(error, errors.Throttled):
        reject(push, now, reason)
    elif now - push.at > TRIED:
        reject(push, now, because(Reason.TRIED_LONG, error))
    else:
        mine = Push.objects.filter(pk=push.pk, state=PushState.SENDING, sent_at=None, claimed_at=push.claimed_at)
        mine.update(state=PushState.QUEUED, claimed_at=None, look_at=now + AGAIN, reason=reason)


@transaction.atomic
def confirm(push: Push, written: Entry, now: datetime) -> bool:
    """Binds the push to Tokeny's number: the version is live from here on. Whether this call did it."""
    since = (PushState.SENDING, PushState.UNKNOWN, *((PushState.REJECTED,) if push.given_up_at else ()))
    done = move(
        push, PushState.CONFIRMED, *since, tokeny_id=written.id, tokeny_created_at=written.created_at,
        tokeny_updated_at=written.updated_at, ended_at=now, reason={}, look_at=None, copies=0,
    )  # fmt: skip
    if not done:
        return False
    bindings.release(push.place, written.id, keeper=push.disclaimer_id)
    hidden = {} if written.is_published else {"drift": Drift.HIDDEN, "drift_sha256": drift_hash(Drift.HIDDEN, "")}
    bound = {"place": push.place, "tokeny_id": written.id, "tokeny_created_at": written.created_at}
    Disclaimer.objects.filter(pk=push.disclaimer_id).update(
        live=push.version, checked_at=now, **bound, **(bindings.NOTHING | hidden)
    )
    follow_if_moved(push)
    UntrackedText.objects.filter(tenant=push.disclaimer.tenant_id, tokeny_id=written.id).delete()
    record(
        Action.PUSH_CONFIRMED,
        about=push.disclaimer,
        actor=push.person,
        push=push.pk,
        tokeny=written.id,
        sha256=push.sha256,
        **without(push),
    )
    if hidden:
        record(Action.DRIFT_FOUND, about=push.disclaimer, actor=None, drift=Drift.HIDDEN.value, sha256="")
    notices.published(push)
    return True


def follow_if_moved(push: Push) -> None:
    """The sign-in may have been changed while this was being sent: then it is live there, not here."""
    saved = tokeny.of_tenant(push.disclaimer.tenant)
    if saved and saved.place_id != push.place_id:
        bindings.follow(push.disclaimer.tenant, saved.place)


def read_back(push: Push, api: Tokeny) -> None:
    """The last line of the receipt: what Tokeny holds afterwards. Any other text there is drift, reported at once."""
    try:
        listed = api.list_disclaimers()
    except errors.UpstreamError:
        return  # the next comparison fills it in
    fill_in(Push.objects.select_related("disclaimer").get(pk=push.pk), listed)


def fill_in(push: Push, listed: Listed) -> None:
    there = listed.entries.get(push.tokeny_id or 0)
    if push.state != PushState.CONFIRMED or there is None or not bindings.is_same(push.tokeny_created_at, there):
        return
    Push.objects.filter(pk=push.pk).update(read_back_sha256=there.sha256)
    if there.sha256 != push.sha256:
        note_drift(push.disclaimer, Drift.CHANGED, there.text or "")


@transaction.atomic
def note_drift(disclaimer: Disclaimer, drift: Drift, text: str) -> None:
    Disclaimer.objects.filter(pk=disclaimer.pk).update(
        drift=drift, drift_text=text, drift_sha256=drift_hash(drift, text), **PASSED
    )
    record(Action.DRIFT_FOUND, about=disclaimer, actor=None, drift=drift.value, sha256=sha256(text))
    notices.out_of_sync(Disclaimer.objects.select_related("live", "tenant").get(pk=disclaimer.pk))


@transaction.atomic
def become_unknown(push: Push, now: datetime, reason: Kept) -> None:
    look_at = now + timedelta(seconds=LOOKS[0])
    if move(push, PushState.UNKNOWN, PushState.SENDING, ended_at=now, reason=reason, looks=0, look_at=look_at):
        record(Action.PUSH_UNKNOWN, about=push.disclaimer, actor=push.person, push=push.pk)
        notices.unconfirmed(push)


@transaction.atomic
def reject(push: Push, now: datetime, reason: Kept) -> None:
    if move(push, PushState.REJECTED, PushState.SENDING, ended_at=now, reason=reason, look_at=None):
        turn_passed(push.disclaimer_id)
        record(Action.PUSH_REJECTED, about=push.disclaimer, actor=push.person, push=push.pk)


# Looking for what is unknown


def unknown_due(now: datetime) -> Push | None:
    """Only while the team's sign-in leads to the place that it was sent to."""
    is_here = Q(place=F("disclaimer__tenant__tokeny__place"))
    due = Push.objects.filter(is_here, state=PushState.UNKNOWN, look_at__lte=now)
    return due.select_related("disclaimer__tenant", "version").order_by("look_at").first()


def poll_unknown(push: Push, now: datetime) -> None:
    """Claims the look by moving its time, so that two workers do not look at once. A look that Tokeny did not answer,
    or answered with half a list, does not count."""
    looks = push.looks + 1
    wait = LOOKS[looks] - LOOKS[looks - 1] if looks < len(LOOKS) else SWEEP
    claimed = Push.objects.filter(pk=push.pk, state=PushState.UNKNOWN, looks=push.looks, look_at=push.look_at)
    if not claimed.update(looks=looks, look_at=now + timedelta(seconds=wait)):
        return
    log.debug("step", step="look claimed")
    try:
        listed = client(push).list_disclaimers()
    except errors.UpstreamError as error:
        log.warning("an unknown push could not be looked for", push=push.pk, said=str(error))
        give_back_poll(push, looks)
        return
    log.debug("step", step="look listed")
    if not resolve(push, listed, now) and not listed.is_complete:
        give_back_poll(push, looks)
    log.debug("step", step="look settled")


def give_back_poll(push: Push, looks: int) -> None:
    Push.objects.filter(pk=push.pk, state=PushState.UNKNOWN, looks=looks).update(looks=push.looks)


def resolve(push: Push, listed: Listed, now: datetime) -> bool:
    """Whether the list tells how an unknown push ended. One match binds it; several raise an alert; none proves
    nothing."""
    found = matches(push, listed)
    if len(found) == 1 and confirm(push, found[0], now):
        Push.objects.filter(pk=push.pk).update(read_back_sha256=found[0].sha256)
        return True
    numbers = " and ".join(str(entry.id) for entry in found)
    reason = because(Reason.SEVERAL, count=len(found), numbers=numbers)
    several = {"copies": len(found), "reason": reason} if len(found) > 1 else {"copies": 0}
    Push.objects.filter(pk=push.pk, state=PushState.UNKNOWN).update(**several)
    return False


def matches(push: Push, listed: Listed) -> list[Entry]:
    """What Tokeny holds that may be this push: its text, newer than what was there before, and bound to nothing
    else."""
    if push.target:
        there = bindings.entry_of(push.disclaimer, listed) if push.disclaimer.tokeny_id == push.target else None
        return [there] if there and there.sha256 == push.sha256 else []
    alike = [entry for entry in listed.entries.values() if entry.id > (push.mark or 0) and entry.sha256 == push.sha256]
    bound = bindings.bound_by_others(push, alike) if alike else {}
    return [entry for entry in alike if not bindings.is_bound(entry, bound)]
