"""What staff keep of a listing: their columns, and saved views. No row and no investor's data."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q, TextChoices

from apps.tenants import known
from apps.tenants.models import Tenant


class Density(TextChoices):
    DENSE = "dense", "Compact"
    NORMAL = "normal", "Standard"
    ROOMY = "roomy", "Comfortable"


class Preference(models.Model):
    """How one person sees one listing in one team. `columns`: names in order; empty for the default."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    listing = models.CharField(max_length=20)
    columns = models.JSONField(default=list)
    density = models.CharField(max_length=10, choices=Density, default=Density.NORMAL)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("tenant", "person", "listing"), name="preference_once"),)

    def __str__(self) -> str:
        return f"{self.listing} of {self.person_id}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def seen_by(self, person: Any) -> "SavedViewQuerySet":
        return self.filter(Q(owner=None) | Q(owner=person))


class SavedView(models.Model):
    """`owner`: null for the team's. `asked`: parameter -> text of its canonical address, with ranges of days still
    relative; it may contain what staff typed, so it is shown only to those who may ask it."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    listing = models.CharField(max_length=20)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    slug = models.SlugField(max_length=50)
    asked = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ("owner", "name", "pk")
        constraints = (models.UniqueConstraint(fields=("tenant", "listing", "slug"), name="view_slug_once"),)

    def __str__(self) -> str:
        return self.name

    @property
    def record_subject(self) -> str:
        return f"view:{self.pk}"

    @property
    def is_the_teams(self) -> bool:
        return self.owner_id is None


known.PARTS |= {
    "preferences": known.Part(Preference, "tenant_id = team.id AND person_id = person.id"),
    "views": known.Part(SavedView, "tenant_id = team.id AND (owner_id IS NULL OR owner_id = person.id)"),
}
"""What a page of the team looks up along with its person."""
