"""What ends by itself and is taken away: expired sessions and limits, workers that are gone. Any worker may, at any time."""

import time
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from apps.staff.models import Limit

from .models import WorkerBeat

EVERY = 3600.0
"""Seconds."""
FORGOTTEN = timedelta(days=1)
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
    WorkerBeat.objects.filter(at__lt=now - FORGOTTEN).delete()
    return False
