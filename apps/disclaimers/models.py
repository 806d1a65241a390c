"""Drafts, versions, reviews and pushes of disclaimers: the team's own words for the public, no investor's data.

A draft is saved continually; a version is what was submitted for approval and never changes; a push is one attempt to
publish a version, written before a byte is sent.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q, TextChoices
from django.utils import timezone

from apps.tenants.models import Tenant, TokenyPlace
from apps.upstream.tokeny.client import sha256

from . import reasons


class Immutable(Exception):
    """Raised when a version or a review would be changed or removed."""


class WriteOnce(models.Model):
    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:
        if not self._state.adding:
            raise Immutable(f"{type(self).__name__} is written once")
        super().save(**options)

    def delete(self, *arguments: Any, **options: Any) -> tuple[int, dict[str, int]]:
        raise Immutable(f"{type(self).__name__} is never removed")


class Drift(TextChoices):
    """How Tokeny's text compares with the version that was published."""

    NONE = "", "as published"
    CHANGED = "changed", "changed in Tokeny"
    GONE = "gone", "missing from Tokeny"
    HIDDEN = "hidden", "unpublished in Tokeny"


AWAY = (Drift.GONE, Drift.HIDDEN)
"""The public does not see it: published again, it is a new text."""


def drift_hash(drift: str, text: str) -> str:
    """The hash of what Tokeny holds instead: missing and unpublished texts are decided about separately."""
    return sha256(drift if drift == Drift.HIDDEN else text) if drift else ""


TURN_UNKNOWN = "?"


class Disclaimer(models.Model):
    """`revision` counts saves of the draft; `writers`: IDs of those who wrote in it since the last version; `live`: the
    version that Tokeny was last seen to hold, `tokeny_id` its number there, which identifies a text only together with
    `place` and `tokeny_created_at`, since numbers may be reused. `drift_text`: what Tokeny holds instead,
    `drift_sha256` its hash; `left_sha256`: of a drift that someone accepted; `mailed`: the drift that the approvers
    were told of; `turn`, `turn_not` and `turns`: see apps.disclaimers.turns."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="disclaimers")
    title = models.CharField(max_length=120)
    offering = models.BigIntegerField(null=True, blank=True)
    notes = models.TextField(max_length=2000, blank=True)
    revision = models.PositiveIntegerField(default=0)
    writers = models.JSONField(default=list)
    place = models.ForeignKey(TokenyPlace, null=True, on_delete=models.PROTECT, related_name="+")
    tokeny_id = models.BigIntegerField(null=True)
    tokeny_created_at = models.CharField(max_length=40, blank=True)
    live = models.ForeignKey("Version", null=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True)
    drift = models.CharField(max_length=10, choices=Drift, default=Drift.NONE, blank=True)
    drift_text = models.TextField(blank=True)
    drift_sha256 = models.CharField(max_length=64, blank=True)
    left_sha256 = models.CharField(max_length=64, blank=True)
    mailed = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    turn = models.CharField(max_length=40, blank=True, default=TURN_UNKNOWN, db_default=TURN_UNKNOWN)
    turn_not = models.JSONField(default=list, db_default=[])
    turns = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ("title", "pk")
        indexes = (models.Index(fields=("tenant",), condition=~Q(turn=""), name="disclaimer_that_waits"),)
        constraints = (
            models.UniqueConstraint(
                fields=("place", "tokeny_id"), name="tokeny_id_once", condition=Q(tokeny_id__isnull=False)
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def record_subject(self) -> str:
        return f"disclaimer:{self.pk}"

    @property
    def drift_key(self) -> str:
        """Identifies the drift: another text is another drift. "" for none."""
        return f"{self.drift}:{self.drift_sha256}" if self.drift else ""

    @property
    def is_left(self) -> bool:
        """Whether someone has decided about this very drift."""
        return bool(self.drift) and self.left_sha256 == self.drift_sha256

    def drifts(self, drift: Drift, text: str = "") -> None:
        self.drift, self.drift_text, self.drift_sha256 = drift, text, drift_hash(drift, text)

    @property
    def draft(self) -> "Draft | None":
        return self.drafts.order_by("-revision").first()

    @property
    def latest(self) -> "Version | None":
        return self.versions.order_by("-number").first()


PASSED: dict[str, Any] = {"turn": TURN_UNKNOWN, "turns": F("turns") + 1}
"""For an update of disclaimers that may change their next step."""


def turn_passed(disclaimer: int) -> None:
    """To be called in the transaction that changes the disclaimer's next step, unless PASSED is part of an update there."""
    Disclaimer.objects.filter(pk=disclaimer).update(**PASSED)


class Draft(models.Model):
    """The text at one revision, which a later save is compared with when two people write at once. `size`: in bytes."""

    disclaimer = models.ForeignKey(Disclaimer, on_delete=models.CASCADE, related_name="drafts")
    revision = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-revision",)
        constraints = (models.UniqueConstraint(fields=("disclaimer", "revision"), name="revision_once"),)

    def __str__(self) -> str:
        return f"revision {self.revision}"


class Origin(TextChoices):
    """Where a version's text comes from if no one here wrote it; the label takes the number of its source."""

    IMPORTED = "imported", "imported from Tokeny ID {}"
    ADOPTED = "adopted", "saved from Tokeny"
    ROLLED_BACK = "rolled back", "rolled back to v{}"
    RESTORES = "restores", "restores v{}"


class Version(WriteOnce):
    """`authors`: IDs of everyone who wrote in it since the live text; none of them may approve it. `revision`: the
    draft's at the time. `origin_number`: of the version, or of Tokeny's text, that `origin` refers to."""

    disclaimer = models.ForeignKey(Disclaimer, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    authors = models.JSONField(default=list)
    origin = models.CharField(max_length=20, choices=Origin, blank=True)
    origin_number = models.BigIntegerField(null=True)
    revision = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("disclaimer", "number"), name="version_once"),)

    def __str__(self) -> str:
        return f"v{self.number}"

    @property
    def origin_words(self) -> str:
        return Origin(self.origin).label.format(self.origin_number) if self.origin else ""

    @property
    def is_whole(self) -> bool:
        """Whether the text still matches its hash."""
        return sha256(self.text) == self.sha256


class Review(WriteOnce):
    """One person's approval or rejection of one text, named by its hash."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="reviews")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approves = models.BooleanField()
    reason = models.CharField(max_length=500, blank=True)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("at",)
        constraints = (models.UniqueConstraint(fields=("version", "person"), name="review_once"),)

    def __str__(self) -> str:
        return f"{'yes' if self.approves else 'no'} to {self.version}"


class PushState(TextChoices):
    QUEUED = "queued", "Queued"
    SENDING = "sending", "Being sent"
    CONFIRMED = "confirmed", "Published"
    REJECTED = "rejected", "Not published"
    UNKNOWN = "unknown", "Unconfirmed"


OPEN = (PushState.QUEUED, PushState.SENDING)
UNSETTLED = (*OPEN, PushState.UNKNOWN)


class Push(models.Model):
    """A request to publish a version, and its outcome: the queue and the receipt in one row. `mark`: the highest number
    at Tokeny before; `base_sha256`: the text that an update replaces; `sent_at`: the moment before the first byte, null
    while nothing was sent; `looks`: how often an unknown push was really looked for, `copies`: how many such texts were
    found, if more than one; `given_up_at`: when a person said that it had not arrived; `place`: which Tokeny it was
    for; `told_at`: when the approvers were told of its copies."""

    disclaimer = models.ForeignKey(Disclaimer, on_delete=models.CASCADE, related_name="pushes")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="pushes")
    state = models.CharField(max_length=10, choices=PushState, default=PushState.QUEUED)
    sha256 = models.CharField(max_length=64)
    approvals = models.PositiveSmallIntegerField(default=0)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    place = models.ForeignKey(TokenyPlace, null=True, on_delete=models.PROTECT, related_name="+")
    mark = models.BigIntegerField(null=True)
    target = models.BigIntegerField(null=True)
    base_sha256 = models.CharField(max_length=64, blank=True)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    tokeny_id = models.BigIntegerField(null=True)
    tokeny_created_at = models.CharField(max_length=40, blank=True)
    tokeny_updated_at = models.CharField(max_length=40, blank=True)
    read_back_sha256 = models.CharField(max_length=64, blank=True)
    looks = models.PositiveSmallIntegerField(default=0)
    look_at = models.DateTimeField(null=True)
    copies = models.PositiveSmallIntegerField(default=0)
    given_up_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    reason = models.JSONField(default=dict)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            # one push of a disclaimer at a time: what is not settled stands in the way of the next
            models.UniqueConstraint(fields=("disclaimer",), condition=Q(state__in=["queued", "sending", "unknown"]), name="one_push_at_a_time"),
        )  # fmt: skip
        # the latest of a disclaimer; then few of a million: what a comparison with Tokeny looks for, since when a version
        # is live, and which push a number there may belong to
        indexes = (
            models.Index(fields=("disclaimer", "-id"), name="push_latest"),
            models.Index(fields=("disclaimer", "ended_at"), name="push_by_end"),
            models.Index(fields=("disclaimer",), condition=Q(copies__gt=1), name="push_with_copies"),
            models.Index(fields=("disclaimer",), condition=Q(given_up_at__isnull=False), name="push_given_up"),
            models.Index(
                fields=("version",), condition=Q(state="confirmed", read_back_sha256=""), name="push_not_read_back"
            ),
            models.Index(fields=("version", "-ended_at"), condition=Q(state="confirmed"), name="push_live_since"),
            models.Index(fields=("place", "tokeny_id"), condition=Q(tokeny_id__isnull=False), name="push_of_a_number"),
        )

    def __str__(self) -> str:
        return f"{self.version}: {self.state}"

    @property
    def words(self) -> str:
        """The reason as a sentence."""
        return reasons.words(self.reason)

    @property
    def operation(self) -> str:
        return "update" if self.target else "create"


class SetAside(models.Model):
    """A disclaimer's binding in another place, taken up again when the team's sign-in leads there again."""

    disclaimer = models.ForeignKey(Disclaimer, on_delete=models.CASCADE, related_name="+")
    place = models.ForeignKey(TokenyPlace, on_delete=models.CASCADE, related_name="+")
    tokeny_id = models.BigIntegerField()
    tokeny_created_at = models.CharField(max_length=40, blank=True)
    live = models.ForeignKey(Version, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("disclaimer", "place"), name="set_aside_once"),)

    def __str__(self) -> str:
        return f"{self.tokeny_id} in {self.place}"


class ApprovalsAsked(models.Model):
    """A lower number of required approvals, requested by one owner and not yet confirmed by another."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="approvals_asked")
    needed = models.PositiveSmallIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.needed} asked by {self.person_id}"


class UntrackedText(models.Model):
    """A text at Tokeny that no disclaimer here stands for, as last seen."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    tokeny_id = models.BigIntegerField()
    text = models.TextField(null=True)  # noqa: DJ001 - null as Tokeny has it: a draft made elsewhere
    seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("tokeny_id",)
        constraints = (models.UniqueConstraint(fields=("tenant", "tokeny_id"), name="stranger_once"),)

    def __str__(self) -> str:
        return f"Tokeny's {self.tokeny_id}"


class Watch(models.Model):
    """When a team's texts at Tokeny were last compared, and what prevented it. `due_at`: when a worker does it next."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="watch")
    checked_at = models.DateTimeField(null=True)
    is_complete = models.BooleanField(default=True)
    trouble = models.CharField(max_length=500, blank=True)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"watch of {self.tenant_id}"
