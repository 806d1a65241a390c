"""The authentication backend: allauth's, which takes the person whom a page has looked up along with their team."""

from contextvars import ContextVar

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser

from .models import StaffMember

LOOKED_UP: ContextVar[StaffMember | None] = ContextVar("looked_up", default=None)
"""Set for as long as a request's session is read (apps.tenants.access)."""


class StaffBackend(AuthenticationBackend):  # type: ignore[misc]
    def get_user(self, user_id: int) -> AbstractBaseUser | None:
        """The person of a session; None if they are gone or may not sign in."""
        person = LOOKED_UP.get()
        if person is None or person.pk != user_id:
            found: AbstractBaseUser | None = super().get_user(user_id)
            return found
        return person if self.user_can_authenticate(person) else None
