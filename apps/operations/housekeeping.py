"""What ends by itself and is taken away: expired sessions and limits, workers that are gone, old drafts. Any worker may, at
any time."""

import time
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models import F
from django.utils import timezone

from apps.disclaimers.models import Draft
from apps.staff import attempts
from apps.staff.models import Limit

from .models import WorkerBeat

EVERY = 3600.0
"""Seconds."""
FORGOTTEN = timedelta(days=1)
OLD = timedelta(days=30)
"""Of a draft that a newer one has followed: no one still writes on from it. Versions are kept for good."""
_next = 0.0


def work() -> bool:
    """Once an hour in each worker. False: there is nothing more to do at once."""
    global _next
    if time.monotonic() < _next:
        return False
    _next = time.monotonic() + EVERY
    now = timezone.now()
    Session.objects.filter(expire_date__lt=now).delete()
    Limit.objects.filter(expires__lt=now).delete()
    attempts.forget_old()
    WorkerBeat.objects.filter(at__lt=now - FORGOTTEN).delete()
    Draft.objects.filter(at__lt=now - OLD).exclude(revision=F("disclaimer__revision")).delete()
    return False
