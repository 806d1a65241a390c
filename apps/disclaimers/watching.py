"""Compares what Tokeny holds with what was published: changed, missing or new. People can also write in Tokeny's own
admin."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from apps.audit.actions import Action
from apps.audit.record import record
from apps.staff import mails
from apps.staff.models import StaffMember
from apps.tenants.models import Tenant, TokenySignIn
from apps.tenants.permissions import GRANTS, Permission
from apps.tenants.sign_ins import tokeny
from apps.upstream import errors
from apps.upstream.tokeny.client import Listed

from . import bindings, notices, publishing, sending
from .drafting import make_version, replace_draft, roll_back
from .models import (
    AWAY,
    OPEN,
    UNSETTLED,
    Disclaimer,
    Drift,
    Origin,
    Push,
    PushState,
    UntrackedText,
    Version,
    Watch,
    turn_passed,
)
from .reasons import Reason, because

log = structlog.get_logger("watching")
EVERY = timedelta(minutes=5)
"""From one comparison of a team to the next."""
FRESH = 60
"""Seconds for which a comparison is not made again by opening a page."""


def is_fresh(tenant: Tenant) -> bool:
    watch, saved = Watch.objects.filter(tenant=tenant).first(), tokeny.of_tenant(tenant)
    if watch and watch.checked_at and saved and saved.replaced_at and saved.replaced_at > watch.checked_at:
        return False
    return bool(watch and watch.checked_at and (timezone.now() - watch.checked_at).total_seconds() < FRESH)


def compare(tenant: Tenant) -> Watch:
    """Reads Tokeny once and notes what differs; tells the approvers what is new. Tokeny's errors are noted, not
    raised."""
    watch, _ = Watch.objects.get_or_create(tenant=tenant)
    saved = tokeny.of_tenant(tenant)
    if saved is None:
        return watch
    began = timezone.now()
    try:
        listed = tokeny.client(saved).list_disclaimers()
    except errors.UpstreamError as error:
        log.warning("Tokeny could not be compared", said=str(error))
        Watch.objects.filter(pk=watch.pk).update(trouble=errors.outside_lists(error)[:500])
        watch.refresh_from_db()
        return watch
    noted(tenant, listed, began)
    untracked_texts = note_untracked(tenant, listed)
    Watch.objects.filter(pk=watch.pk).update(checked_at=began, is_complete=listed.is_complete, trouble="")
    write_to_approvers(tenant, untracked_texts)
    watch.refresh_from_db()
    return watch


def compare_due(now: datetime | None = None) -> bool:
    """Compares one team whose time has come; whether there was one. Claimed by moving its time, so that several workers
    may do this, and a team whose comparison breaks off delays no other."""
    now = now or timezone.now()
    for tenant_id in TokenySignIn.objects.filter(tenant__watch=None).values_list("tenant_id", flat=True)[:100]:
        Watch.objects.get_or_create(tenant_id=tenant_id, defaults={"due_at": now})
    due = Watch.objects.filter(due_at__lte=now, tenant__tokeny__isnull=False).select_related("tenant")
    watch = due.order_by("due_at").first()
    if watch is None:
        return False
    if Watch.objects.filter(pk=watch.pk, due_at=watch.due_at).update(due_at=now + EVERY):
        compare(watch.tenant)
    return True


def noted(tenant: Tenant, listed: Listed, began: datetime) -> None:
    """`began`: when the list was requested; it says nothing about what was pushed, or looked at, since."""
    for push in to_look_at(tenant):
        look_again(push, listed, began)
    for number in differing(tenant, listed, began):
        with transaction.atomic():
            disclaimer = (
                Disclaimer.objects.select_for_update(of=("self",))
                .select_related("live")
                .defer("live__text")
                .get(pk=number)
            )
            pushes = disclaimer.pushes  # asked twice, since each has an index of its own
            is_later = pushes.filter(ended_at__gte=began).exists() or pushes.filter(state__in=OPEN).exists()
            if not is_later and not (disclaimer.checked_at and disclaimer.checked_at > began):
                note_one(disclaimer, listed, began)


def to_look_at(tenant: Tenant) -> Iterator[Push]:
    """Those about which the list may have news, without their texts."""
    is_here = Q(place=F("disclaimer__tenant__tokeny__place"))
    pushes = Push.objects.filter(is_here, disclaimer__tenant=tenant).select_related("disclaimer__tenant", "version")
    kinds = (  # a query for each, since each has an index of its own
        Q(state=PushState.CONFIRMED, read_back_sha256="", version=F("disclaimer__live")),
        Q(state=PushState.UNKNOWN),
        Q(state=PushState.REJECTED, given_up_at__isnull=False),
    )
    for kind in kinds:
        yield from pushes.filter(kind).defer("version__text", "disclaimer__drift_text").iterator(chunk_size=100)


def differing(tenant: Tenant, listed: Listed, began: datetime) -> list[int]:
    """The disclaimers for which the list contradicts what is noted. The others are noted as checked at once, unless
    someone looked later."""
    facts = ("pk", "tokeny_id", "tokeny_created_at", "drift", "live__sha256")
    same: list[int] = []
    others: list[int] = []
    for number, tokeny_id, created, drift, live in (
        tenant.disclaimers.exclude(tokeny_id=None).values_list(*facts).iterator()
    ):
        there = listed.entries.get(tokeny_id or 0)
        is_same = there and there.is_published and not drift and (there.created_at, there.sha256) == (created, live)
        (same if is_same else others).append(number)
    for start in range(0, len(same), 500):
        not_later = Q(checked_at=None) | Q(checked_at__lte=began)
        tenant.disclaimers.filter(not_later, pk__in=same[start : start + 500], drift="").update(checked_at=began)
    return others


def look_again(push: Push, listed: Listed, began: datetime) -> None:
    """The late sweep: a push that was given up may still have arrived, and a receipt may not have been read back
    yet."""
    if push.state == PushState.CONFIRMED and not push.read_back_sha256 and push.version_id == push.disclaimer.live_id:
        sending.fill_in(push, listed)
    elif push.state == PushState.UNKNOWN:
        sending.resolve(push, listed, began)
    elif push.target:
        look_for_update(push, listed, began)
    else:
        look_for_copy(push, listed, began)


def look_for_update(push: Push, listed: Listed, began: datetime) -> None:
    """An update that was given up. Its number is the disclaimer's own, so what is there is not a copy: either a later
    push explains it, or this one arrived after all."""
    is_followed = push.disclaimer.pushes.filter(pk__gt=push.pk, state=PushState.CONFIRMED).exists()
    if is_followed or publishing.unsettled(push.disclaimer):
        return
    if found := sending.matches(push, listed):
        sending.confirm(push, found[0], began)


def look_for_copy(push: Push, listed: Listed, began: datetime) -> None:
    """A creation that was given up: alone it is what was meant; beside a later one it is a copy, until someone removes
    it."""
    found, disclaimer = sending.matches(push, listed), push.disclaimer
    if not found and push.copies and listed.is_complete:
        Push.objects.filter(pk=push.pk).update(reason=because(Reason.COPY_GONE), copies=0, told_at=None)
    elif found and disclaimer.tokeny_id is None and not publishing.unsettled(disclaimer):
        sending.confirm(push, found[0], began)
    elif found and not publishing.unsettled(disclaimer):
        late = " and ".join(str(entry.id) for entry in found)
        reason = because(Reason.COPY_ARRIVED, numbers=late, live=disclaimer.tokeny_id)
        Push.objects.filter(pk=push.pk).update(reason=reason, copies=len(found) + 1)


def note_one(disclaimer: Disclaimer, listed: Listed, began: datetime) -> None:
    there, before = bindings.entry_of(disclaimer, listed), disclaimer.drift_key
    if there is None:
        if not listed.is_complete:
            return
        disclaimer.drifts(Drift.GONE)
    elif not there.is_published:
        disclaimer.drifts(Drift.HIDDEN)
    elif disclaimer.live and there.sha256 == disclaimer.live.sha256:
        disclaimer.drifts(Drift.NONE)
        disclaimer.left_sha256, disclaimer.mailed, disclaimer.tokeny_created_at = "", "", there.created_at
    else:
        disclaimer.drifts(Drift.CHANGED, there.text or "")
    disclaimer.checked_at = began
    with transaction.atomic():
        disclaimer.save(
            update_fields=(
                "drift",
                "drift_text",
                "drift_sha256",
                "left_sha256",
                "mailed",
                "checked_at",
                "tokeny_created_at",
            )
        )
        if disclaimer.drift_key != before:
            turn_passed(disclaimer.pk)
        if before and not disclaimer.drift:
            record(Action.DRIFT_ENDED, about=disclaimer, actor=None)
        if disclaimer.drift and disclaimer.drift_key != before:
            found, sha256 = disclaimer.drift, disclaimer.drift_sha256
            record(Action.DRIFT_FOUND, about=disclaimer, actor=None, drift=found, sha256=sha256)
            notices.out_of_sync(disclaimer)


def note_untracked(tenant: Tenant, listed: Listed) -> list[UntrackedText]:
    """Notes texts at Tokeny that no disclaimer here stands for, and forgets those that are gone. Returns the new ones.
    A text that may be a push of ours with a lost answer cannot be imported until that is settled."""
    owned = tenant.disclaimers.exclude(tokeny_id=None).values_list("tokeny_id", "tokeny_created_at")
    known = {number or 0: {created_at} for number, created_at in owned}
    pushes = Push.objects.filter(disclaimer__tenant=tenant).values_list("sha256", flat=True)
    awaited = {*pushes.filter(state__in=UNSETTLED), *pushes.filter(copies__gt=1)}
    strange = {
        number: entry
        for number, entry in listed.entries.items()
        if not bindings.is_bound(entry, known) and entry.sha256 not in awaited
    }
    if listed.is_complete:
        UntrackedText.objects.filter(tenant=tenant).exclude(tokeny_id__in=strange).delete()
    made = []
    for number, entry in strange.items():
        untracked, is_new = UntrackedText.objects.update_or_create(
            tenant=tenant, tokeny_id=number, defaults={"text": entry.text}
        )
        made += [untracked] if is_new else []
    if made:
        record(Action.UNTRACKED_TEXTS_FOUND, actor=None, tenant=tenant.id, tokeny=[each.tokeny_id for each in made])
    return made


def write_to_approvers(tenant: Tenant, untracked_texts: list[UntrackedText]) -> None:
    """Sends titles and what happened; never a text. Each drift is reported once. An email that cannot be sent is logged
    and tried again at the next comparison; the banner says the same."""
    there = tenant.disclaimers.exclude(drift="").defer("drift_text", "notes")
    drifted = [each for each in there if each.mailed != each.drift_key and not each.is_left]
    lines = [f"{each.title}: {Drift(each.drift).label}" for each in drifted]
    if count := len(untracked_texts):
        lines.append(f"{count} disclaimer{'s' if count > 1 else ''} in Tokeny that this dashboard doesn’t have")
    several = list(copies(tenant).filter(told_at=None))
    lines += [f"{each.disclaimer.title}: published more than once. {each.words}" for each in several]
    if not lines:
        return
    roles = GRANTS[Permission.APPROVE_DISCLAIMERS]
    to = list(tenant.memberships.filter(role__in=roles).values_list("person__email", flat=True))
    link = settings.SITE_URL + reverse("disclaimer_list", args=[tenant.slug])
    try:
        mails.send("drift", to, {"team": tenant.name, "lines": lines, "link": link})
    except (OSError, SMTPException):
        log.exception("the mail on drift was not sent")
        return
    for each in drifted:
        Disclaimer.objects.filter(pk=each.pk).update(mailed=each.drift_key)
    Push.objects.filter(pk__in=[each.pk for each in several]).update(told_at=timezone.now())


def copies(tenant: Tenant) -> QuerySet[Push]:
    """What Tokeny was last seen to hold more than once: the public sees it that often."""
    pushes = Push.objects.filter(disclaimer__tenant=tenant, copies__gt=1).select_related("disclaimer", "version")
    return pushes.defer("version__text", "disclaimer__drift_text", "disclaimer__notes")


# What a person may do about it


@transaction.atomic
def import_untracked(untracked: UntrackedText, person: StaffMember) -> Disclaimer | None:
    """Creates a disclaimer with Tokeny's text, byte for byte, as its first version, already live. Null is an empty
    text. None if someone else imported it meanwhile."""
    saved = tokeny.of_tenant(untracked.tenant)
    if saved is None or not UntrackedText.objects.filter(pk=untracked.pk).delete()[0]:
        return None
    bindings.release(saved.place, untracked.tokeny_id)
    made = Disclaimer.objects.create(
        tenant=untracked.tenant, title=title_of(untracked), place=saved.place, tokeny_id=untracked.tokeny_id,
        checked_at=timezone.now(),
    )  # fmt: skip
    version = make_version(made, untracked.text or "", None, [], Origin.IMPORTED, untracked.tokeny_id)
    made.live = version
    made.save(update_fields=("live",))
    turn_passed(made.pk)
    replace_draft(made, version.text, None)
    record(Action.DISCLAIMER_IMPORTED, about=made, actor=person, tokeny=made.tokeny_id, sha256=version.sha256)
    return made


def title_of(untracked: UntrackedText) -> str:
    first = next((line.strip(" #*_>-") for line in (untracked.text or "").splitlines() if line.strip(" #*_>-")), "")
    return first[:100] or f"Tokeny's {untracked.tokeny_id}"


@transaction.atomic
def adopt(disclaimer: Disclaimer, person: StaffMember) -> Version | None:
    """Makes what Tokeny holds a version here, already live; None if there is no such drift."""
    locked = Disclaimer.objects.select_for_update().get(pk=disclaimer.pk)
    if locked.drift != Drift.CHANGED:
        return None
    version = make_version(locked, locked.drift_text, person, [person.pk], Origin.ADOPTED)
    locked.drifts(Drift.NONE)
    locked.live, locked.left_sha256, locked.checked_at, locked.mailed = version, "", timezone.now(), ""
    locked.save(update_fields=("live", "drift", "drift_text", "drift_sha256", "left_sha256", "checked_at", "mailed"))
    replace_draft(locked, version.text, person)
    turn_passed(locked.pk)
    record(Action.DRIFT_ADOPTED, about=locked, actor=person, version=version.number, sha256=version.sha256)
    return version


@transaction.atomic
def restore(disclaimer: Disclaimer, person: StaffMember) -> Version | None:
    """Makes the published text a new version, which goes through approval; one that is missing is published as a new
    text."""
    locked = Disclaimer.objects.select_for_update(of=("self",)).select_related("live").get(pk=disclaimer.pk)
    if not locked.drift or not locked.live:
        return None
    locked.left_sha256 = locked.drift_sha256
    if locked.drift in AWAY:
        locked.place, locked.tokeny_id, locked.tokeny_created_at = None, None, ""
    locked.save(update_fields=("left_sha256", "place", "tokeny_id", "tokeny_created_at"))
    turn_passed(locked.pk)
    record(Action.DRIFT_TO_BE_RESTORED, about=locked, actor=person)
    if locked.latest == locked.live:
        authors = sorted({person.pk, *locked.live.authors})
        return make_version(locked, locked.live.text, person, authors, Origin.RESTORES, locked.live.number)
    return roll_back(locked, locked.live, person)


@transaction.atomic
def leave(disclaimer: Disclaimer, person: StaffMember, reason: str) -> None:
    locked = Disclaimer.objects.select_for_update().get(pk=disclaimer.pk)
    locked.left_sha256 = locked.drift_sha256
    locked.save(update_fields=("left_sha256",))
    turn_passed(locked.pk)
    record(Action.DRIFT_LEFT, about=locked, actor=person, reason=reason[:200])
