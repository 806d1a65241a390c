"""The audit log's table: written once, never changed. It stores ids and words, and no investor's data."""

from typing import Any

from django.conf import settings
from django.db import models


class AppendOnly(Exception):
    """Raised when an entry would be changed or removed."""


class EntryQuerySet(models.QuerySet["Entry"]):
    def update(self, **values: Any) -> int:
        raise AppendOnly("entries of the record are never changed")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly("entries of the record are never removed")


class Entry(models.Model):
    """`tenant`: its ID, null for what concerns no tenant; `subject`: `kind:id` of what was acted on; `details`: IDs and
    words."""

    at = models.DateTimeField(auto_now_add=True)
    tenant = models.UUIDField(null=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, blank=True)
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=32, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (models.Index(fields=("tenant", "-id")),)

    def __str__(self) -> str:
        return f"{self.action} {self.subject}".strip()

    def save(self, **options: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("entries of the record are never changed")
        super().save(**options)

    def delete(self, *arguments: Any, **options: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly("entries of the record are never removed")
