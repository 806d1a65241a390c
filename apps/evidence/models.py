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
