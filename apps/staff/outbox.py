"""Emails with a link to set a password: queued by a request, written and sent by the worker.

So a request takes as long for a known address as for an unknown one, and a slow mail server delays no one. The link is
made when it is sent: the queue holds no secret. An address gets five emails of a kind a day, whoever asks.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from apps.audit.actions import Action

from . import mails, trail
from .models import PasswordMail, StaffMember

log = structlog.get_logger("mail")

MOST_A_DAY = 5
DAY = timedelta(days=1)
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
"""Between a try that failed and the next; after the last the mail is given up."""
LATE = timedelta(minutes=10)
"""After which a mail that still waits is shown as not delivered."""
LEASE = timedelta(minutes=1)
"""How long a worker may take over one mail before another takes it on."""


@transaction.atomic
def ask(email: str, kind: PasswordMail.Kind, invitation: dict[str, str] | None = None) -> bool:
    """Queues an email; False if the address has had its share for the day. Does the same for every address.
    `invitation`: who invites, to which team, in which role, and by which row."""
    email, now = email.lower(), timezone.now()
    address = salted_hmac("apps.staff.outbox", email, algorithm="sha256").hexdigest()
    if PasswordMail.objects.filter(address=address, kind=kind, asked_at__gt=now - DAY).count() >= MOST_A_DAY:
        return False
    person = StaffMember.objects.filter(email=email).first()
    kept = email if kind == PasswordMail.Kind.INVITATION else ""  # a stranger's is not kept
    PasswordMail.objects.create(
        person=person, address=address, email=kept, kind=kind, due_at=now, invitation=invitation or {}
    )
    return True


def undelivered_invitations(numbers: Iterable[str]) -> set[str]:
    """Of these, those whose last email was given up, or has waited longer than a running worker would let it."""
    late = timezone.now() - LATE
    last = {
        mail.invitation["invitation"]: mail
        for mail in PasswordMail.objects.filter(
            kind=PasswordMail.Kind.INVITATION, invitation__invitation__in=list(numbers)
        ).order_by("pk")
    }
    return {number for number, mail in last.items() if mail.given_up_at or (not mail.sent_at and mail.asked_at < late)}


def work() -> bool:
    """Sends one email that is due; False if there is none. Any number of workers may run at once."""
    now = timezone.now()
    waiting = PasswordMail.objects.filter(sent_at=None, given_up_at=None, due_at__lte=now)
    mail = waiting.select_related("person").order_by("due_at").first()
    if mail is None:
        return False
    PasswordMail.objects.filter(asked_at__lt=now - DAY).exclude(pk=mail.pk).delete()
    claimed = PasswordMail.objects.filter(pk=mail.pk, due_at=mail.due_at)
    if claimed.update(due_at=now + LEASE, tries=mail.tries + 1):
        deliver(mail)
    return True


def deliver(mail: PasswordMail) -> None:
    member, row = mail.person, PasswordMail.objects.filter(pk=mail.pk)
    to = mail.email or (member.email if member and member.is_active else "")
    address = LINKS[mail.kind](mail) if to else ""
    if mail.kind == PasswordMail.Kind.RESET and member and not mail.tries:
        trail.about(Action.RESET_ASKED, member.email)
    if not address:
        row.update(sent_at=timezone.now())  # no one to send it to, or nothing to say any more
        return
    days = settings.PASSWORD_RESET_TIMEOUT // 86_400
    words = {"link": address, "email": to, "days": days, **mail.invitation}
    try:
        mails.send(mail.kind, [to], words)
    except Exception:  # whatever a mail server, or an address that it cannot take, comes up with
        log.warning("mail not sent", exc_info=True)
        now = timezone.now()
        if mail.tries < len(WAITS):
            row.update(due_at=now + WAITS[mail.tries])
        else:
            row.update(given_up_at=now)
    else:
        row.update(sent_at=timezone.now())


def link(mail: PasswordMail) -> str:
    """To set a password. Begins with SITE_URL, since a request's Host is chosen by the client."""
    member = mail.person
    if member is None:
        return ""
    key = {"uidb36": user_pk_to_url_str(member), "key": default_token_generator.make_token(member)}
    return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=key)


LINKS: dict[str, Callable[[PasswordMail], str]] = {PasswordMail.Kind.RESET: link, PasswordMail.Kind.CHANGED: link}
"""What an email of a kind links to; "" if it is worthless by now."""
