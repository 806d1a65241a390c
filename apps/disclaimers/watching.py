"""Compares what Tokeny holds with what was published: changed, gone, or new there. Somebody may write in its own admin."""

from dataclasses import dataclass, field
from smtplib import SMTPException

import structlog
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from apps.staff.models import StaffMember
from apps.tenants import tokeny
from apps.tenants.models import Tenant
from apps.tenants.permissions import GRANTS, Permission
from apps.upstream import errors
from apps.upstream.tokeny.client import Listed, sha256

from . import publishing
from .drafting import make_version, replace_draft, roll_back, tell
from .models import Disclaimer, Drift, Push, PushState, Stranger, Version, Watch

log = structlog.get_logger("watching")
FRESH = 60
"""Seconds for which a comparison is not made again by opening a page."""


@dataclass
class Found:
    """What a comparison found anew."""

    drifted: list[Disclaimer] = field(default_factory=list)
    strangers: list[Stranger] = field(default_factory=list)


def is_fresh(tenant: Tenant) -> bool:
    watch = Watch.objects.filter(tenant=tenant).first()
    return bool(watch and watch.checked_at and (timezone.now() - watch.checked_at).total_seconds() < FRESH)


def compare(tenant: Tenant) -> Watch:
    """Reads Tokeny once and notes what differs; tells the approvers of what is new. Never raises for Tokeny's sake."""
    watch, _ = Watch.objects.get_or_create(tenant=tenant)
    saved = tokeny.of_tenant(tenant)
    if saved is None:
        return watch
    try:
        listed = tokeny.client(saved).list_disclaimers()
    except errors.UpstreamError as error:
        log.warning("Tokeny could not be compared", said=str(error))
        Watch.objects.filter(pk=watch.pk).update(trouble=f"{error.what} {error.next}"[:500])
        watch.refresh_from_db()
        return watch
    found = noted(tenant, listed)
    Watch.objects.filter(pk=watch.pk).update(checked_at=timezone.now(), is_complete=listed.is_complete, trouble="")
    write_to_approvers(tenant, found)
    watch.refresh_from_db()
    return watch


def noted(tenant: Tenant, listed: Listed) -> Found:
    now, found = timezone.now(), Found()
    for push in tenant_unknown(tenant):
        publishing.settle(push, listed, now)  # the late sweep: what nobody expects any more may still have landed
    for disclaimer in tenant.disclaimers.exclude(tokeny_id=None).select_related("live"):
        if publishing.is_open(disclaimer):
            continue
        before = (disclaimer.drift, sha256(disclaimer.drift_text))
        note_one(disclaimer, listed)
        is_new = (disclaimer.drift, sha256(disclaimer.drift_text)) != before
        if disclaimer.drift and is_new and sha256(disclaimer.drift_text) != disclaimer.left_sha256:
            tell("drift found", disclaimer, None, drift=disclaimer.drift)
            found.drifted.append(disclaimer)
    found.strangers = note_strangers(tenant, listed)
    return found


def tenant_unknown(tenant: Tenant) -> list[Push]:
    unknown = Push.objects.filter(disclaimer__tenant=tenant, state=PushState.UNKNOWN)
    return list(unknown.select_related("disclaimer__tenant", "version"))


def note_one(disclaimer: Disclaimer, listed: Listed) -> None:
    there = listed.entries.get(disclaimer.tokeny_id or 0)
    if there is None:
        if not listed.is_complete:
            return
        disclaimer.drift, disclaimer.drift_text = Drift.GONE, ""
    elif disclaimer.live and there.sha256 == disclaimer.live.sha256:
        disclaimer.drift, disclaimer.drift_text, disclaimer.left_sha256 = Drift.NONE, "", ""
    else:
        disclaimer.drift, disclaimer.drift_text = Drift.CHANGED, there.text or ""
    disclaimer.checked_at = timezone.now()
    disclaimer.save(update_fields=("drift", "drift_text", "left_sha256", "checked_at"))


def note_strangers(tenant: Tenant, listed: Listed) -> list[Stranger]:
    """Texts at Tokeny that nobody here knows; those that are gone again are forgotten. Returns the new ones."""
    known = set(tenant.disclaimers.exclude(tokeny_id=None).values_list("tokeny_id", flat=True))
    strange = {number: entry for number, entry in listed.entries.items() if number not in known}
    if listed.is_complete:
        Stranger.objects.filter(tenant=tenant).exclude(tokeny_id__in=strange).delete()
    made = []
    for number, entry in strange.items():
        stranger, is_new = Stranger.objects.update_or_create(
            tenant=tenant, tokeny_id=number, defaults={"text": entry.text}
        )
        made += [stranger] if is_new else []
    return made


def write_to_approvers(tenant: Tenant, found: Found) -> None:
    """Titles and what happened; never a text. A mail that cannot be sent is logged: the banner says the same."""
    if not found.drifted:
        return
    lines = [f"- {each.title}: {Drift(each.drift).label}" for each in found.drifted]
    roles = GRANTS[Permission.APPROVE_DISCLAIMERS]
    to = list(tenant.memberships.filter(role__in=roles).values_list("person__email", flat=True))
    words = "Tokeny holds something else than was published:\n\n" + "\n".join(lines)
    try:
        send_mail(
            f"{tenant.name}: disclaimers changed at Tokeny", f"{words}\n\nOpen Disclaimers to decide.\n", None, to
        )
    except (OSError, SMTPException):
        log.exception("the mail on drift was not sent")


# What a person may do about it


@transaction.atomic
def import_stranger(stranger: Stranger, person: StaffMember) -> Disclaimer:
    """A disclaimer with Tokeny's text byte for byte as its first version, live as it is. Null is an empty text."""
    made = Disclaimer.objects.create(
        tenant=stranger.tenant, title=title_of(stranger), tokeny_id=stranger.tokeny_id, checked_at=timezone.now()
    )
    version = make_version(made, stranger.text or "", None, [], f"imported from Tokeny's {stranger.tokeny_id}")
    made.live = version
    made.save(update_fields=("live",))
    replace_draft(made, version.text, None)
    stranger.delete()
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
    locked.save(update_fields=("live", "drift", "drift_text", "left_sha256"))
    replace_draft(locked, version.text, person)
    tell("drift adopted", locked, person, version=version.number, sha256=version.sha256)
    return version


@transaction.atomic
def restore(disclaimer: Disclaimer, person: StaffMember) -> Version | None:
    """The published text as a new version, which goes through approval; a text that is gone is pushed as a new one."""
    locked = Disclaimer.objects.select_for_update().select_related("live").get(pk=disclaimer.pk)
    if not locked.drift or not locked.live:
        return None
    locked.left_sha256 = sha256(locked.drift_text)
    if locked.drift == Drift.GONE:
        locked.tokeny_id = None
    locked.save(update_fields=("left_sha256", "tokeny_id"))
    tell("drift to be restored", locked, person)
    if locked.latest == locked.live:
        return make_version(locked, locked.live.text, person, [person.pk], f"restores {locked.live}")
    return roll_back(locked, locked.live, person)


@transaction.atomic
def leave(disclaimer: Disclaimer, person: StaffMember, reason: str) -> None:
    locked = Disclaimer.objects.select_for_update().get(pk=disclaimer.pk)
    locked.left_sha256 = sha256(locked.drift_text)
    locked.save(update_fields=("left_sha256",))
    tell("drift left", locked, person, reason=reason[:200])
