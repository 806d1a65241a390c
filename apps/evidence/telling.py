"""The newest head of each team's audit log by email, to owners and compliance: once a day on which something was sealed."""

import time
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from apps.audit.models import Segment
from apps.audit.segments import head_of
from apps.listing import short_time
from apps.notices.models import Kind
from apps.notices.telling import tell
from apps.tenants.models import Tenant
from apps.tenants.zones import zone_words

EVERY = 3600.0
"""Seconds between two looks of a worker."""
DAY = timedelta(days=1)
_next = 0.0


def work() -> bool:
    """False: there is nothing more to do at once."""
    global _next
    if time.monotonic() < _next:
        return False
    _next = time.monotonic() + EVERY
    for tenant in Tenant.objects.all():
        segment = Segment.objects.filter(chain=tenant.id).order_by("-number").defer("leaves").first()
        if segment and datetime.fromisoformat(head_of(segment)["sealed"]) > timezone.now() - DAY:
            tell_of(tenant, segment)
    return False


def tell_of(tenant: Tenant, segment: Segment) -> None:
    head = head_of(segment)
    sealed = short_time(datetime.fromisoformat(head["sealed"]), tenant.zone)
    lines = [
        f"The audit log of {tenant.name} held {head['total']:,} entries when it was last sealed: {sealed} "
        f"{zone_words(tenant.zone)}.",
        f"{segment.number}:{segment.hash}",
        f"Public key: {segment.key}",
        "Keep this email. If anyone changes or removes one of these entries later, the log no longer matches this line.",
    ]
    subject = f"{tenant.name}: {head['total']:,} entries of the audit log are sealed"
    today = timezone.now().astimezone(tenant.zone).date()
    tell(tenant, Kind.HEADS, f"heads {today}", subject, lines, reverse("audit_log", args=[tenant.slug]))
