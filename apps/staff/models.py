"""Our own staff members. The platform's users are something else: see apps.users."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


class StaffManager(BaseUserManager["StaffMember"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "StaffMember":
        member = self.model(email=email.strip().lower(), **fields)
        member.set_password(password)
        member.save()
        return member

    def get_by_natural_key(self, email: str | None) -> "StaffMember":
        return self.get(email__iexact=email)


class StaffMember(AbstractBaseUser):
    """A person who signs in. What they may do hangs on their memberships (apps.tenants), nothing on this row."""

    email = models.EmailField(max_length=254, unique=True)
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
