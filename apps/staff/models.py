"""Staff members, who sign in here. The platform's users are in apps.users."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils import timezone


class StaffManager(BaseUserManager["StaffMember"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "StaffMember":
        member = self.model(email=email.strip().lower(), **fields)
        member.set_password(password)
        member.save()
        return member

    def get_by_natural_key(self, email: str | None) -> "StaffMember":
        return self.get(email__iexact=email)


class StaffMember(AbstractBaseUser):
    """A person who signs in. What they may do depends on their memberships (apps.tenants), not on this row."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True, db_default="")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = StaffManager()

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="staff_email_once_in_any_case"),)

    def __str__(self) -> str:
        return self.email

    @property
    def called(self) -> str:
        """The name, or the email of who has not told it."""
        return self.name or self.email

    @property
    def initials(self) -> str:
        first, *others = self.name.split() or [self.email]
        return (first[0] + others[-1][0] if others else first[:2]).upper()


FACTORS = {"webauthn": "Passkey", "totp": "Authenticator app"}
"""What a second step may be, as allauth names it; a recovery code stands for one that is lost."""


class StaffSession(models.Model):
    """A person signed in, in one browser. Without its row a session opens nothing, so a row that is deleted ends it.
    `used_at`: its last use, to a minute; `factor`: the second step that was taken in it, "" for none; `confirmed_at`: when its
    person last proved who they are; `only_team`: the one whose provider vouched for them, which alone it opens; `browser`: family and system, in our words; `address`: the network address that it began
    from."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(StaffMember, on_delete=models.CASCADE, related_name="sessions")
    began_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(default=timezone.now)
    factor = models.CharField(max_length=20, blank=True, db_default="")
    confirmed_at = models.DateTimeField(default=timezone.now, db_default=Now())
    only_team = models.UUIDField(null=True)
    browser = models.CharField(max_length=60)
    address = models.CharField(max_length=45)

    class Meta:
        ordering = ("-used_at",)
        indexes = (models.Index(fields=("used_at",), name="session_by_last_use"),)

    def __str__(self) -> str:
        return f"session of {self.person_id}"


class PasswordMail(models.Model):
    """An email about an account, most with a link to set a password, waiting or done (apps.staff.outbox). Kept for a day, to
    count by.
    `person`: null if no one has the typed address. `address`: a keyed hash of it; a stranger's is not kept.
    `invitation`: inviter, team and role, or what has changed, as the email names them; `email`: whom an owner invites, who
    need not have an account."""

    class Kind(models.TextChoices):
        RESET = "reset", "Asked for by whoever knows the address"
        INVITATION = "invitation", "Asked for by an owner who invites a member"
        CHANGED = "changed", "Tells that something of the account has changed"

    person = models.ForeignKey(StaffMember, null=True, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=64)
    email = models.EmailField(max_length=254, blank=True, db_default="")
    kind = models.CharField(max_length=20, choices=Kind)
    asked_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    invitation = models.JSONField(default=dict)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("address", "kind", "asked_at"), name="mail_of_an_address"),
            models.Index(fields=("due_at",), condition=Q(sent_at=None, given_up_at=None), name="mail_that_waits"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Attempt(models.Model):
    """A wrong password, or one that is being looked at: see apps.staff.attempts. `account` and `address` are keyed hashes, of
    what was typed and of where it came from; `device` names a browser that this account has signed in from, "" for any other."""

    account = models.CharField(max_length=64)
    address = models.CharField(max_length=64)
    device = models.CharField(max_length=32, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (
            models.Index(fields=("account", "device", "at"), name="attempts_at_an_account"),
            models.Index(fields=("address", "at"), name="attempts_from_an_address"),
            models.Index(fields=("at",), name="attempts_by_time"),
        )

    def __str__(self) -> str:
        return f"attempt {self.pk}"


class Limit(models.Model):
    """The table of apps.staff.limits; only Django's database cache reads and writes it."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.cache_key
