"""The last public-access check of an offering. No amount is stored."""

from django.conf import settings
from django.db import models
from django.db.models import TextChoices

from apps.tenants.models import Tenant


class Exposure(TextChoices):
    NOTHING = "nothing", "Nothing"
    COUNT = "count", "Number of investors"
    TOTALS = "totals", "Total raised and number of investors"
    SINGLES = "singles", "Individual investment amounts"
    UNKNOWN = "unknown", "Couldn’t be checked"


class ExposureCheck(models.Model):
    """`found`: the most that the summary revealed without a credential; `said`: why it is not known, else ""."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    offering = models.BigIntegerField()
    found = models.CharField(max_length=10, choices=Exposure)
    said = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("-at",)
        indexes = (models.Index(fields=("tenant", "offering")),)

    def __str__(self) -> str:
        return f"{self.found} of offering {self.offering}"
