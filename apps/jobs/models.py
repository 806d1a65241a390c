"""Long work: one row for each piece of it, done by whichever worker claims it."""

import uuid

from django.conf import settings
from django.db import models

from apps.tenants.models import Tenant


class State(models.TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Complete"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Canceled"


class Job(models.Model):
    """`asked`: what to do; `reached`: how far it is, enough to go on from; `result`: what came of it, or why nothing did.
    All three are the kind's own. `steps` of `of` are done. `holder`: the claim that works on it, until `leased_until`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="jobs")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    """Who asked for it; None where it was due by itself."""
    kind = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    asked = models.JSONField(default=dict)
    reached = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    steps = models.PositiveBigIntegerField(default=0)
    of = models.PositiveBigIntegerField(null=True)
    at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    holder = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    """Claims since it last came a step further."""

    class Meta:
        ordering = ("-at", "-id")
        indexes = (
            models.Index(fields=("state", "at")),
            models.Index(fields=("tenant", "-at")),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def is_open(self) -> bool:
        return self.state in (State.QUEUED, State.RUNNING)

    @property
    def record_subject(self) -> str:
        return f"{self.kind}:{self.id}"
