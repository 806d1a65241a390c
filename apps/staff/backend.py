"""The authentication backend: allauth's, with a cheaper look-up of the signed-in person for every page."""

from allauth.account.auth_backends import AuthenticationBackend

from .models import StaffMember


class StaffBackend(AuthenticationBackend):  # type: ignore[misc]
    def get_user(self, user_id: int) -> StaffMember | None:
        """The person of a session; None if they are gone or may not sign in. Written out: see docs/adr/0007."""
        found = list(StaffMember.objects.raw("SELECT * FROM staff_staffmember WHERE id = %s", [user_id]))
        return found[0] if found and self.user_can_authenticate(found[0]) else None
