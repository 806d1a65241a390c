"""How many wrong passwords are looked at, and from where.

Each is a row before it is looked at, and goes if it was right; then the rows are counted. So no two that come at once, to any
process, both pass as the last, and neither traffic nor a restart forgets one. Guesses of strangers never stand in the way of a
browser that the account has signed in from before: it has a count of its own.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from . import devices
from .models import Attempt


class Limit(NamedTuple):
    most: int
    within: timedelta


OF_DEVICE = Limit(10, timedelta(minutes=5))
"""For an account from one known browser."""
OF_ACCOUNT = Limit(20, timedelta(hours=1))
"""For an account from all other browsers together."""
OF_BOTH = Limit(5, timedelta(minutes=5))
"""For an account from other browsers at one address."""
OF_ADDRESS = Limit(10, timedelta(minutes=1))
"""From one address for any account, known browsers left aside."""
KEPT = timedelta(days=1)


def hashed(kind: str, text: str) -> str:
    return salted_hmac(f"apps.staff.attempts.{kind}", text, algorithm="sha256").hexdigest()


def begin(request: HttpRequest, email: str, address: str) -> Attempt | None:
    """The attempt, which may be looked at; None for one too many."""
    now = timezone.now()
    made = Attempt.objects.create(
        account=hashed("account", email.strip().casefold()),
        address=hashed("address", address),
        device=devices.known_to(request, email),
        at=now,
    )
    if is_too_many(made, now):
        made.delete()
        return None
    return made


def is_too_many(made: Attempt, now: datetime) -> bool:
    account = Attempt.objects.filter(account=made.account, device=made.device)
    if made.device:
        return account.filter(at__gt=now - OF_DEVICE.within).count() > OF_DEVICE.most
    counted = account.filter(at__gt=now - OF_ACCOUNT.within).aggregate(
        all=Count("pk"), here=Count("pk", filter=Q(address=made.address, at__gt=now - OF_BOTH.within))
    )
    others = Attempt.objects.filter(address=made.address, device="", at__gt=now - OF_ADDRESS.within)
    return counted["all"] > OF_ACCOUNT.most or counted["here"] > OF_BOTH.most or others.count() > OF_ADDRESS.most


def forget_old() -> None:
    Attempt.objects.filter(at__lt=timezone.now() - KEPT).delete()
