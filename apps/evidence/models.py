"""How far the heads of the audit log's segments were kept outside the database."""

from django.db import models
from django.utils import timezone


class Kept(models.Model):
    """`place`: a name of heads.PLACES; `upto`: the last segment that is kept there, all before it included; `due_at`: when the
    next may be; `failed_at`: when the last try failed, null if it went well."""

    place = models.CharField(max_length=20, primary_key=True)
    upto = models.BigIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    failed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.place}: {self.upto}"


class Retention(models.Model):
    """How long a chain's entries are kept. `chain`: a team, or NOBODY; `years`: null for as long as the administrator asks for at
    least; `hold`: why nothing may be purged, "" without a hold; `purged`: the last segment whose entries were."""

    chain = models.UUIDField(primary_key=True)
    years = models.PositiveSmallIntegerField(null=True)
    hold = models.CharField(max_length=200, blank=True)
    held_since = models.DateTimeField(null=True)
    purged = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.chain}: {self.years} years"


class Check(models.Model):
    """The last time a chain was verified from end to end. `entries`: how many were as they were sealed; `wrong`: what was not,
    in words, the first few."""

    chain = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    entries = models.PositiveBigIntegerField()
    waiting = models.PositiveBigIntegerField()
    wrong = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.chain}: {self.entries}"
