"""The audit log's table: written once, never changed. It stores ids and words, and no investor's data."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models

NOBODY = uuid.UUID(int=0)
"""The chain of entries that concern no team."""


class AppendOnly(Exception):
    """Raised when an entry would be changed or removed."""


class EntryQuerySet(models.QuerySet["Entry"]):
    def update(self, **values: Any) -> int:
        raise AppendOnly("entries of the record are never changed")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly("entries of the record are never removed")


class Entry(models.Model):
    """`tenant`: its ID, null for what concerns no tenant; `subject`: `kind:id` of what was acted on; `details`: IDs and
    words. `content`: the bytes that were hashed with `salt` into `leaf` (content.py, proofs.py); none of the three where a
    former release wrote the entry."""

    at = models.DateTimeField(auto_now_add=True)
    tenant = models.UUIDField(null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, blank=True)
    details = models.JSONField(default=dict)
    request_id = models.CharField(max_length=32, blank=True)
    salt = models.BinaryField(null=True)
    content = models.BinaryField(null=True)
    leaf = models.BinaryField(null=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("tenant", "-at", "-id"), name="audit_all"),
            models.Index(fields=("tenant", "actor", "-at", "-id"), name="audit_actor"),
            models.Index(fields=("tenant", "action", "-at", "-id"), name="audit_action"),
            models.Index(
                fields=("tenant", "subject", "-at", "-id"), name="audit_subject", condition=models.Q(subject__gt="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.subject}".strip()

    def save(self, **options: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("entries of the record are never changed")
        super().save(**options)

    def delete(self, *arguments: Any, **options: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly("entries of the record are never removed")


class Unsealed(models.Model):
    """An entry that waits for its segment. A trigger adds it with the entry, so none can be committed behind a segment's back,
    however long its transaction took."""

    entry = models.OneToOneField(
        Entry, primary_key=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="unsealed"
    )

    class Meta:
        db_table = "audit_unsealed"

    def __str__(self) -> str:
        return str(self.pk)


class Segment(models.Model):
    """Entries that were sealed together: the `number`-th of a team. `leaves`: of all of them (proofs.leaf), also of those that
    were purged since; `head`: the bytes that are signed, with the tree's root and the former segment's `hash`
    (proofs.segment_hash).
    `chain`: the team, NOBODY for what concerns none; `first`, `last`: the lowest and the highest entry."""

    chain = models.UUIDField()
    number = models.PositiveBigIntegerField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    leaves = models.BinaryField()
    head = models.BinaryField()
    hash = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("chain", "number"), name="segment_once"),)
        indexes = (models.Index(fields=("chain", "-first"), name="segment_of_an_entry"),)

    def __str__(self) -> str:
        return f"{self.chain} {self.number}"


class Purging(models.Model):
    """A row lets entries be removed; it lives no longer than the transaction that removes them (guards.py)."""

    class Meta:
        db_table = "audit_purging"

    def __str__(self) -> str:
        return "purging"
