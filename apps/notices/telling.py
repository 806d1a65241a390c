"""Queues emails in the transaction of what they tell, so that none is missed; the worker sends each once.

A mail that a server took just before the worker was killed is sent again, with the same Message-ID: between the two no one can
tell whether it was taken.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from apps.staff import mails
from apps.tenants.models import Membership, Tenant
from apps.tenants.permissions import Role, may

from .models import NEEDS, UNASKED, Choice, Kind, Notice

log = structlog.get_logger("mail")
LEASE = timedelta(minutes=1)
"""How long a worker may take over one mail before another takes it on."""
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=6))
"""Between a try that failed and the next; after the last the mail is given up."""
SALT = "apps.notices.stop"


def tell(
    tenant: Tenant,
    kind: Kind,
    key: str,
    subject: str,
    lines: Sequence[str],
    path: str,
    *,
    to: Iterable[int] | None = None,
    but: Iterable[int] = (),
) -> None:
    """To the members who may be told and want to be; `to`: among these alone, `but`: without these. `key`: once for each
    person, whatever happens again."""
    wanted = {*to} if to is not None else None
    people = [pk for pk in may_be_told(tenant, kind) if (wanted is None or pk in wanted) and pk not in {*but}]
    words = {"subject": subject[:300], "lines": [line[:600] for line in lines], "path": path}
    now = timezone.now()
    Notice.objects.bulk_create(
        [Notice(tenant=tenant, person_id=pk, kind=kind, key=key[:160], words=words, due_at=now) for pk in people],
        ignore_conflicts=True,
    )


def may_be_told(tenant: Tenant, kind: Kind) -> list[int]:
    """Members who may be told now, and did not say otherwise."""
    held = Membership.objects.filter(tenant=tenant, person__is_active=True).values_list("person_id", "role")
    said = dict(Choice.objects.filter(tenant=tenant, kind=kind).values_list("person_id", "is_wanted"))
    return [pk for pk, role in held if may_be_told_of(Role(role), kind) and said.get(pk, kind in UNASKED)]


def may_be_told_of(role: Role, kind: Kind) -> bool:
    return all(may(role, needed) for needed in NEEDS[kind])


def wants(tenant: Tenant, person: int, kind: Kind) -> bool:
    said = Choice.objects.filter(tenant=tenant, person=person, kind=kind).values_list("is_wanted", flat=True).first()
    return kind in UNASKED if said is None else said


def choose(tenant: Tenant, person: int, kind: Kind, *, is_wanted: bool) -> None:
    Choice.objects.update_or_create(tenant=tenant, person_id=person, kind=kind, defaults={"is_wanted": is_wanted})


def work(now: datetime | None = None) -> bool:
    """Sends one email that is due; False if there is none. Any number of workers may run at once."""
    now = now or timezone.now()
    waiting = Notice.objects.filter(sent_at=None, dropped_at=None, due_at__lte=now).order_by("due_at", "pk")
    notice = waiting.select_related("person", "tenant").first()
    if notice is None:
        return False
    claimed = Notice.objects.filter(pk=notice.pk, due_at=notice.due_at, sent_at=None, dropped_at=None)
    if claimed.update(due_at=now + LEASE, tries=notice.tries + 1):
        deliver(notice, now)
    return True


def deliver(notice: Notice, now: datetime) -> None:
    """Whoever left, lost the role, or said no since is not told."""
    row = Notice.objects.filter(pk=notice.pk)
    if notice.person_id not in may_be_told(notice.tenant, Kind(notice.kind)):
        row.update(dropped_at=now)
        return
    stop = stop_link(notice)
    words = {
        **notice.words,
        "team": notice.tenant.name,
        "link": settings.SITE_URL + notice.words["path"],
        "stop": stop,
        "kind": Kind(notice.kind).label,
    }
    headers = {
        "Message-ID": f"<notice-{notice.pk}-{notice.tenant_id}@{settings.SITE_URL.partition('//')[2].partition(':')[0]}>",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    try:
        mails.send("notice", [notice.person.email], words, headers)
    except Exception:  # whatever a mail server, or an address that it cannot take, comes up with
        log.warning("mail not sent", exc_info=True)
        if notice.tries < len(WAITS):
            row.update(due_at=now + WAITS[notice.tries])
        else:
            row.update(dropped_at=now)
    else:
        row.update(sent_at=now)


def stop_link(notice: Notice) -> str:
    """Works without signing in, for this kind of email in this team alone."""
    token = signing.dumps([str(notice.tenant_id), notice.person_id, notice.kind], salt=SALT)
    return settings.SITE_URL + reverse("notice_stop", args=[token])


def stopped(token: str) -> tuple[str, int, Kind] | None:
    """Team, person and kind of a link; None if it is none of ours."""
    try:
        tenant, person, kind = signing.loads(token, salt=SALT)
        return str(tenant), int(person), Kind(kind)
    except (signing.BadSignature, ValueError, TypeError):
        return None
