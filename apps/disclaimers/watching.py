"""Compares what Tokeny holds with what was published: changed, gone, or new there. Somebody may write in its own admin."""

from datetime import datetime
from smtplib import SMTPException

import structlog
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.audit.record import record
from apps.staff.models import StaffMember
from apps.tenants import tokeny
from apps.tenants.models import Tenant
from apps.tenants.permissions import GRANTS, Permission
from apps.upstream import errors
from apps.upstream.tokeny.client import Listed, sha256

from . import publishing, sending
from .drafting import make_version, replace_draft, roll_back, tell
from .models import OPEN, UNSETTLED, Disclaimer, Drift, Push, PushState, Stranger, Version, Watch

log = structlog.get_logger("watching")
FRESH = 60
"""Seconds for which a comparison is not made again by opening a page."""


def is_fresh(tenant: Tenant) -> bool:
    watch = Watch.objects.filter(tenant=tenant).first()
    return bool(watch and watch.checked_at and (timezone.now() - watch.checked_at).total_seconds() < FRESH)


def compare(tenant: Tenant) -> Watch:
    """Reads Tokeny once and notes what differs; tells the approvers of what is new. Never raises for Tokeny's sake."""
    watch, _ = Watch.objects.get_or_create(tenant=tenant)
    saved = tokeny.of_tenant(tenant)
    if saved is None:
        return watch
    began = timezone.now()
    try:
        listed = tokeny.client(saved).list_disclaimers()
    except errors.UpstreamError as error:
        log.warning("Tokeny could not be compared", said=str(error))
        Watch.objects.filter(pk=watch.pk).update(trouble=f"{error.what} {error.next}"[:500])
        watch.refresh_from_db()
        return watch
    noted(tenant, listed, began)
    strangers = note_strangers(tenant, listed)
    Watch.objects.filter(pk=watch.pk).update(checked_at=began, is_complete=listed.is_complete, trouble="")
    write_to_approvers(tenant, strangers)
    watch.refresh_from_db()
    return watch


def noted(tenant: Tenant, listed: Listed, began: datetime) -> None:
    """`began`: when the list was asked for; it says nothing of what was pushed, or looked at, since."""
    for push in Push.objects.filter(disclaimer__tenant=tenant).select_related("disclaimer__tenant", "version"):
        look_again(push, listed, began)
    for number in tenant.disclaimers.exclude(tokeny_id=None).values_list("pk", flat=True):
        with transaction.atomic():
            disclaimer = Disclaimer.objects.select_for_update(of=("self",)).select_related("live").get(pk=number)
            is_later = disclaimer.pushes.filter(Q(ended_at__gte=began) | Q(state__in=OPEN)).exists()
            if not is_later and not (disclaimer.checked_at and disclaimer.checked_at > began):
                note_one(disclaimer, listed, began)


def look_again(push: Push, listed: Listed, began: datetime) -> None:
    """The late sweep: what nobody expects any more may still have arrived; and a receipt that was not read back yet."""
    if push.state == PushState.CONFIRMED and not push.read_back_sha256 and push.version_id == push.disclaimer.live_id:
        sending.fill_in(push, listed)
    elif push.state == PushState.UNKNOWN:
        sending.settle(push, listed, began)
    elif push.given_up_at and push.state == PushState.REJECTED and (found := sending.matches(push, listed)):
        if push.disclaimer.tokeny_id is None and not publishing.unsettled(push.disclaimer):
            sending.confirm(push, found[0], began)
        else:
            words = (
                f"It arrived after all, as Tokeny's {found[0].id}: the text stands there twice. Remove one at Tokeny."
            )
            Push.objects.filter(pk=push.pk).update(words=words, copies=2)


def note_one(disclaimer: Disclaimer, listed: Listed, began: datetime) -> None:
    there, before = listed.entries.get(disclaimer.tokeny_id or 0), disclaimer.drift_key
    if there is None:
        if not listed.is_complete:
            return
        disclaimer.drift, disclaimer.drift_text = Drift.GONE, ""
    elif disclaimer.live and there.sha256 == disclaimer.live.sha256:
        disclaimer.drift, disclaimer.drift_text, disclaimer.left_sha256, disclaimer.mailed = Drift.NONE, "", "", ""
    else:
        disclaimer.drift, disclaimer.drift_text = Drift.CHANGED, there.text or ""
    disclaimer.checked_at = began
    disclaimer.save(update_fields=("drift", "drift_text", "left_sha256", "mailed", "checked_at"))
    if disclaimer.drift and disclaimer.drift_key != before:
        tell("drift found", disclaimer, None, drift=disclaimer.drift, sha256=sha256(disclaimer.drift_text))


def note_strangers(tenant: Tenant, listed: Listed) -> list[Stranger]:
    """Texts at Tokeny that nobody here knows; those that are gone again are forgotten. Returns the new ones.

    A text that a push of ours may be, whose answer was lost, is nobody's to import until that is settled.
    """
    known = set(tenant.disclaimers.exclude(tokeny_id=None).values_list("tokeny_id", flat=True))
    awaited = set(Push.objects.filter(disclaimer__tenant=tenant, state__in=UNSETTLED).values_list("sha256", flat=True))
    strange = {
        number: entry for number, entry in listed.entries.items() if number not in known and entry.sha256 not in awaited
    }
    if listed.is_complete:
        Stranger.objects.filter(tenant=tenant).exclude(tokeny_id__in=strange).delete()
    made = []
    for number, entry in strange.items():
        stranger, is_new = Stranger.objects.update_or_create(
            tenant=tenant, tokeny_id=number, defaults={"text": entry.text}
        )
        made += [stranger] if is_new else []
    if made:
        record("strange texts found", actor=None, tenant=tenant.id, tokeny=[each.tokeny_id for each in made])
    return made


def write_to_approvers(tenant: Tenant, strangers: list[Stranger]) -> None:
    """Titles and what happened; never a text. Each drift is told of once. A mail that cannot be sent is logged and tried
    again at the next comparison; the banner says the same."""
    drifted = [
        each for each in tenant.disclaimers.exclude(drift="") if each.mailed != each.drift_key and not each.is_left
    ]
    lines = [f"- {each.title}: {Drift(each.drift).label}" for each in drifted]
    lines += [f"- {len(strangers)} text(s) at Tokeny that are not known here"] if strangers else []
    if not lines:
        return
    roles = GRANTS[Permission.APPROVE_DISCLAIMERS]
    to = list(tenant.memberships.filter(role__in=roles).values_list("person__email", flat=True))
    words = "Tokeny holds something else than was published:\n\n" + "\n".join(lines)
    try:
        send_mail(
            f"{tenant.name}: disclaimers changed at Tokeny", f"{words}\n\nOpen Disclaimers to decide.\n", None, to
        )
    except (OSError, SMTPException):
        log.exception("the mail on drift was not sent")
        return
    for each in drifted:
        Disclaimer.objects.filter(pk=each.pk).update(mailed=each.drift_key)


# What a person may do about it


@transaction.atomic
def import_stranger(stranger: Stranger, person: StaffMember) -> Disclaimer | None:
    """A disclaimer with Tokeny's text byte for byte as its first version, live as it is. Null is an empty text. None where
    somebody imported it meanwhile."""
    if not Stranger.objects.filter(pk=stranger.pk).delete()[0]:
        return None
    made = Disclaimer.objects.create(
        tenant=stranger.tenant, title=title_of(stranger), tokeny_id=stranger.tokeny_id, checked_at=timezone.now()
    )
    version = make_version(made, stranger.text or "", None, [], f"imported from Tokeny's {stranger.tokeny_id}")
    made.live = version
    made.save(update_fields=("live",))
    replace_draft(made, version.text, None)
    tell("disclaimer imported", made, person, tokeny=made.tokeny_id, sha256=version.sha256)
    return made


def title_of(stranger: Stranger) -> str:
    first = next((line.strip(" #*_>-") for line in (stranger.text or "").splitlines() if line.strip(" #*_>-")), "")
    return first[:100] or f"Tokeny's {stranger.tokeny_id}"


@transaction.atomic
def adopt(disclaimer: Disclaimer, person: StaffMember) -> Version | None:
    """What Tokeny holds becomes a version here, live as it is; None where there is no such drift."""
    locked = Disclaimer.objects.select_for_update().get(pk=disclaimer.pk)
    if locked.drift != Drift.CHANGED:
        return None
    version = make_version(locked, locked.drift_text, person, [person.pk], "adopted from Tokeny")
    locked.live, locked.drift, locked.drift_text, locked.left_sha256 = version, Drift.NONE, "", ""
    locked.checked_at, locked.mailed = timezone.now(), ""
    locked.save(update_fields=("live", "drift", "drift_text", "left_sha256", "checked_at", "mailed"))
    replace_draft(locked, version.text, person)
    tell("drift adopted", locked, person, version=version.number, sha256=version.sha256)
    return version


@transaction.atomic
def restore(disclaimer: Disclaimer, person: StaffMember) -> Version | None:
    """The published text as a new version, which goes through approval; a text that is gone is pushed as a new one."""
    locked = Disclaimer.objects.select_for_update(of=("self",)).select_related("live").get(pk=disclaimer.pk)
    if not locked.drift or not locked.live:
        return None
    locked.left_sha256 = sha256(locked.drift_text)
    if locked.drift == Drift.GONE:
        locked.tokeny_id = None
    locked.save(update_fields=("left_sha256", "tokeny_id"))
    tell("drift to be restored", locked, person)
    if locked.latest == locked.live:
        authors = sorted({person.pk, *locked.live.authors})
        return make_version(locked, locked.live.text, person, authors, f"restores {locked.live}")
    return roll_back(locked, locked.live, person)


@transaction.atomic
def leave(disclaimer: Disclaimer, person: StaffMember, reason: str) -> None:
    locked = Disclaimer.objects.select_for_update().get(pk=disclaimer.pk)
    locked.left_sha256 = sha256(locked.drift_text)
    locked.save(update_fields=("left_sha256",))
    tell("drift left", locked, person, reason=reason[:200])
