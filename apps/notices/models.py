"""What people are told by email, once each; and which of it they want."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.tenants.models import Tenant
from apps.tenants.permissions import Permission


class Kind(models.TextChoices):
    WAITS = "waits", "A disclaimer waits for my approval"
    DECIDED = "decided", "A disclaimer that I wrote is approved or rejected"
    PUBLISHED = "published", "A disclaimer that I wrote is published, unconfirmed, or out of sync"
    HEADS = "heads", "The audit log was sealed: once a day, what proves it"
    GOALS = "goals", "An offering reaches a goal, comes close to its maximum, or its deadline is a week away"


NEEDS: dict[Kind, tuple[Permission, ...]] = {
    Kind.WAITS: (Permission.APPROVE_DISCLAIMERS,),
    Kind.DECIDED: (Permission.VIEW_DISCLAIMERS,),
    Kind.PUBLISHED: (Permission.VIEW_DISCLAIMERS,),
    Kind.HEADS: (Permission.VIEW_AUDIT,),
    Kind.GOALS: (Permission.VIEW_OVERVIEW, Permission.VIEW_OFFERINGS),
}
"""What one must be allowed to be told, when it happens and still when the email is sent."""
UNASKED = frozenset({Kind.WAITS, Kind.DECIDED, Kind.PUBLISHED, Kind.HEADS})
"""Kinds that one is told of unless one says no; any other only on request."""


class Choice(models.Model):
    """What a person said of a kind, in one team."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    is_wanted = models.BooleanField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("tenant", "person", "kind"), name="notice_choice_once"),)

    def __str__(self) -> str:
        return f"{self.kind}: {self.is_wanted}"


class Notice(models.Model):
    """One email to one person, waiting or done. `key`: what it is about; nobody is told twice. `words`: subject, lines and path,
    without a name or contact of an investor. `dropped_at`: when it turned out that the person may not, or does not want to,
    be told."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    key = models.CharField(max_length=160)
    words = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("tenant", "person", "key"), name="told_once"),)
        indexes = (
            models.Index(fields=("due_at",), condition=Q(sent_at=None, dropped_at=None), name="notice_that_waits"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
