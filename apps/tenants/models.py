"""A tenant is one issuer's team: its members with their roles, and the keys with which it reaches Issuance."""

import uuid
import zoneinfo
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from apps.upstream import errors

from .permissions import Permission, Role, may

RESERVED_SLUGS = frozenset({"accounts", "static", "healthz", "metrics", "favicon.ico", "robots.txt", ".well-known"})
"""First segments of our own addresses; a test derives them from the URLconf."""

ENVIRONMENTS = {"api.issuance.com": "Production", "django-dev.issuance-dev.com": "Development"}


def not_reserved(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError(f"“{slug}” is reserved. Choose another slug.")


def a_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"“{name}” isn’t a time zone. Example: America/New_York.")


class Tenant(models.Model):
    """`issuance_url`: shared by all its keys, so that IDs never collide and the environment's badge is right.
    `approvals_needed`: how many others must approve a disclaimer before it may be published; 0 for a team of one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(r"\A[a-z0-9-]{2,40}\Z", "Use 2 to 40 lowercase letters, numbers, and hyphens."),
            not_reserved,
        ],
    )
    name = models.CharField(max_length=120)
    timezone = models.CharField(max_length=60, default="UTC", validators=[a_time_zone])
    issuance_url = models.URLField(blank=True)
    approvals_needed = models.PositiveSmallIntegerField(default=1)
    sums_every = models.PositiveSmallIntegerField(default=60, db_default=60)
    """Minutes after which the overview's sums are updated while somebody looks; 0: each night alone."""
    two_step_since = models.DateTimeField(null=True, blank=True)
    """Since when all members, whatever their role, need two-step sign-in; null: they don't."""
    is_sso_only = models.BooleanField(default=False, db_default=False)
    """Whether the team opens by its single sign-on alone, but for `break_glass`."""
    break_glass = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("overview", args=[self.slug])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def environment(self) -> str:
        """Issuance's environment: Production, Development or Sandbox by its host, else the host itself; without one it
        says so."""
        host = urlsplit(self.issuance_url).hostname or ""
        if host in ("localhost", "127.0.0.1", "::1"):
            return "Sandbox"
        return ENVIRONMENTS.get(host, host or "Issuance not connected")


class Membership(models.Model):
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    seen_at = models.DateTimeField(null=True)
    """When the person last used the team's pages, to a minute."""
    role_since = models.DateTimeField(default=timezone.now, db_default=Now())
    """Since when they have a role that needs two-step sign-in, or has not; not changed by another of the same."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "pk")
        constraints = (models.UniqueConstraint(fields=("tenant", "person"), name="member_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} as {self.role}"

    @property
    def record_subject(self) -> str:
        return f"staff:{self.person_id}"

    @property
    def role_label(self) -> str:
        return Role(self.role).label

    @property
    def may_view_overview(self) -> bool:
        return may(Role(self.role), Permission.VIEW_OVERVIEW)


class Invitation(models.Model):
    """Asks somebody into a team: open until it is accepted, withdrawn or late. `nonce`: of the link that was sent last; those
    sent before are worthless."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=20, choices=Role)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    nonce = models.CharField(max_length=32)
    until = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("tenant", "email"),
                name="invited_once",
                condition=models.Q(accepted_at=None, withdrawn_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"invitation of {self.email}"

    @property
    def record_subject(self) -> str:
        return f"invitation:{self.pk}"

    @property
    def role_label(self) -> str:
        return Role(self.role).label

    @property
    def is_late(self) -> bool:
        return self.until <= timezone.now()


class Connection(models.Model):
    """A team's access to an API: an encrypted secret, and the outcome of its last use. `oddities`: how rows last seen
    differed from the contract, sentence -> how many rows of that page."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sealed = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    replaced_at = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    last_refusal_at = models.DateTimeField(null=True)
    last_refusal = models.JSONField(default=dict)
    """apps.upstream.errors.Kept, and whether its advice is said too; {"words"} of one from before it was kept so."""
    oddities = models.JSONField(default=dict)

    class Meta:
        abstract = True
        ordering = ("created_at", "pk")

    @property
    def state(self) -> str:
        """untested, working or refused, by the last outcome."""
        if not self.last_success_at and not self.last_refusal_at:
            return "untested"
        is_refused = self.last_refusal_at and (not self.last_success_at or self.last_refusal_at > self.last_success_at)
        return "refused" if is_refused else "working"

    @property
    def refusal_words(self) -> str:
        """The last refusal in words; "" if there is none."""
        error = errors.again(self.last_refusal)
        if error is None:
            return str(self.last_refusal.get("words", ""))
        advice = f" {error.next}" if self.last_refusal.get("has_advice") else ""
        return f"{error.what} {error.means}{advice}"


class IssuanceKey(Connection):
    """An API key of Issuance. `offerings`: what it was last seen to see, as [{"id", "name", "zone"}]; `statuses`: value
    -> label, as last sent by its API; no investor's data."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="issuance_keys")
    label = models.CharField(max_length=60)
    slug = models.SlugField(max_length=60)
    offerings = models.JSONField(default=list)
    statuses = models.JSONField(default=dict)

    class Meta(Connection.Meta):
        constraints = (models.UniqueConstraint(fields=("tenant", "slug"), name="key_label_once"),)

    def __str__(self) -> str:
        return self.label

    @property
    def record_subject(self) -> str:
        return f"issuance-key:{self.id}"

    def offering(self, number: int) -> dict[str, Any] | None:
        return next((seen for seen in self.offerings if seen["id"] == number), None)


class SingleSignOn(Connection):
    """A team's identity provider. `sealed`: the client secret; `directory`: the Entra directory (`tid`) that an owner declared
    the team's; `is_factor`: an owner declared that the provider asks for a second step."""

    class Kind(models.TextChoices):
        GOOGLE = "google", "Google Workspace"
        ENTRA = "entra", "Microsoft Entra ID"
        OKTA = "okta", "Okta"
        OTHER = "other", "Another OpenID Connect provider"

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="sso")
    kind = models.CharField(max_length=10, choices=Kind)
    issuer = models.CharField(max_length=200)
    client_id = models.CharField(max_length=255)
    directory = models.CharField(max_length=64, blank=True)
    is_factor = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.label

    @property
    def record_subject(self) -> str:
        return f"sso:{self.id}"

    @property
    def label(self) -> str:
        return self.Kind(self.kind).label


class ProvenDomain(models.Model):
    """An email domain that the operator has seen to be a team's."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="proven_domains")
    domain = models.CharField(max_length=253, unique=True)
    proven_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("domain",)

    def __str__(self) -> str:
        return self.domain


class ProviderAccount(models.Model):
    """Who a team's provider knows by which name: `subject` is the provider's, within its issuer."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="provider_accounts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("tenant", "issuer", "subject"), name="subject_once"),
            models.UniqueConstraint(fields=("tenant", "person", "issuer"), name="one_subject_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} at {self.issuer}"


class FirebaseSignIn(Connection):
    """The account that reads investors and platform users. `sealed`: its password and the web API key, as JSON."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="firebase")
    email = models.EmailField(max_length=254)
    token_prefix = models.CharField(max_length=20, default="Bearer")
    identity_url = models.CharField(max_length=200)
    token_url = models.CharField(max_length=200)

    slug = ""
    """One a team, so no address needs to name it; and it sees no offering, which keys do."""
    offerings: ClassVar[list[dict[str, Any]]] = []

    def __str__(self) -> str:
        return self.label

    @property
    def record_subject(self) -> str:
        return f"firebase:{self.id}"

    @property
    def label(self) -> str:
        return self.email

    def offering(self, number: int) -> None:
        return None


class TokenyPlace(models.Model):
    """The texts that an account sees at a host. Tokeny's numbers identify a text within one place only: another host,
    another account, or a Tokeny that was set up again reuses the same numbers."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="tokeny_places")
    base_url = models.CharField(max_length=200)
    identifier = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{urlsplit(self.base_url).netloc}, {self.identifier}" if self.base_url else "a former Tokeny"


class TokenySignIn(Connection):
    """The account that publishes disclaimers. `sealed`: its password; `sealed_jwt`: its token, valid until
    `jwt_until`."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="tokeny")
    place = models.ForeignKey(TokenyPlace, on_delete=models.PROTECT, related_name="+")
    base_url = models.CharField(max_length=200)
    identifier = models.CharField(max_length=254)
    sealed_jwt = models.TextField(blank=True)
    jwt_until = models.FloatField(default=0)

    def __str__(self) -> str:
        return self.label

    @property
    def record_subject(self) -> str:
        return f"tokeny:{self.id}"

    @property
    def label(self) -> str:
        return self.identifier


class Installation(NamedTuple):
    """Stands for a team where a secret belongs to none."""

    id: uuid.UUID = uuid.UUID(int=0)


class SigningKey(models.Model):
    """What signs the files that leave here. `public`: base64; `sealed`: the private key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public = models.CharField(max_length=64)
    sealed = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    tenant = Installation()
    label = "signing key"

    def __str__(self) -> str:
        return self.public
