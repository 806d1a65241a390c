"""Staff notes on an investment, each with the status and the amount as they were when it was written."""

from django.conf import settings
from django.db import models

from apps.tenants.models import Tenant


class Note(models.Model):
    """`investment`: its ID at the API; `status` and `amount`: as sent then, "" if the API did not answer or the amount
    was unreadable. Written once; its author may remove it."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    investment = models.BigIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    text = models.TextField(max_length=2000)
    status = models.CharField(max_length=60, blank=True)
    amount = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("tenant", "investment")),)

    def __str__(self) -> str:
        return f"note on investment {self.investment}"

    @property
    def record_subject(self) -> str:
        return f"investment:{self.investment}"
