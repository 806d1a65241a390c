"""Two-step sign-in: who needs it, from when, and what it takes of a session. allauth asks for the factors themselves.

A factor counts only if it was used in this very session, so nothing is remembered for a browser. Who has one uses it at each
sign-in, required or not. Whoever needs one has seven days to set it up, and then does nothing else first.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import ClassVar
from uuid import UUID

import qrcode
import structlog
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from qrcode.image.svg import SvgPathImage

from apps.audit.actions import Action
from apps.audit.record import by, record
from apps.staff import outbox, sessions, trail
from apps.staff.access import lead
from apps.staff.models import FACTORS, PasswordMail, StaffMember, StaffSession
from apps.upstream.secret import Secret

from .known import TwoStep
from .models import Membership, Tenant
from .permissions import NEED_TWO_STEP, Role
from .sealing import CannotOpen, Place, open_seal, seal

log = structlog.get_logger("staff")

GRACE = timedelta(days=7)


def is_required() -> bool:
    """A demo's people have no second factor, and its pages say so."""
    return bool(settings.ENVIRONMENT != "demo")


class Stands(Enum):
    FREE = auto()
    SOON = auto()
    SET_UP = auto()
    USE = auto()


def stands(session: StaffSession, need: TwoStep, now: datetime) -> Stands:
    if session.factor:
        return Stands.FREE
    if need.has_factor:
        return Stands.USE
    if need.since is None or not is_required():
        return Stands.FREE
    return Stands.SOON if now < need.since + GRACE else Stands.SET_UP


ALWAYS = frozenset({"account_logout", "stay"})
SETTING_UP = ALWAYS | {
    "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "mfa_view_recovery_codes",
}  # fmt: skip
REACHED = {
    Stands.SET_UP: (SETTING_UP, "mfa_index"),
    Stands.SOON: (SETTING_UP, "mfa_index"),
    Stands.USE: (ALWAYS | {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}, "mfa_reauthenticate"),
}  # fmt: skip
"""The pages by name that are reached before the second step, and the one to which all others lead; SOON, all are reached."""


def stop(request: HttpRequest, need: TwoStep) -> HttpResponse | None:
    """What stands in the way of a page for want of the second step. Notes on the request from when on it is required."""
    session: StaffSession = request.staff_session  # type: ignore[attr-defined]
    where = stands(session, need, timezone.now())
    if where is Stands.FREE:
        return None
    names, to = REACHED[where]
    if request.resolver_match and request.resolver_match.url_name in names:
        return None
    if where is Stands.SOON and need.since:
        request.two_step_from = need.since + GRACE  # type: ignore[attr-defined]
        return None
    htmx = getattr(request, "htmx", None)
    asked = htmx.current_url_abs_path if htmx else request.get_full_path() if request.method == "GET" else ""
    return lead(request, f"{reverse(to)}?{urlencode({'next': asked})}" if asked else reverse(to))


def factors_of(people: list[int]) -> dict[int, list[str]]:
    """Person -> the kinds of their factors."""
    held = Authenticator.objects.filter(user__in=people, type__in=FACTORS)
    found: dict[int, list[str]] = {}
    for person, kind in held.values_list("user_id", "type").distinct().order_by("user_id", "-type"):
        found.setdefault(person, []).append(kind)
    return found


def of_members(tenant: Tenant, people: Sequence[Membership]) -> dict[int, tuple[str, str]]:
    """Membership -> what its person has for a second step, or by when they need it; and a tone."""
    held, now, found = factors_of([each.person_id for each in people]), timezone.now(), {}
    for each in people:
        if kinds := held.get(each.person_id):
            found[each.pk] = (" and ".join(FACTORS[kind] for kind in kinds), "good")
        elif (since := needs_since(tenant, each)) and is_required():
            due = (since + GRACE).astimezone(tenant.zone)
            words = f"Off, due {due:%b} {due.day}" if now < due else "Off, overdue"
            found[each.pk] = (words, "wait" if now < due else "bad")
        else:
            found[each.pk] = ("Off", "gone")
    return found


def needs_since(tenant: Tenant, membership: Membership) -> datetime | None:
    """As known.NEEDS_SINCE has it, of this team alone."""
    if Role(membership.role) in NEED_TWO_STEP:
        return membership.role_since
    return max(tenant.two_step_since, membership.created_at) if tenant.two_step_since else None


@transaction.atomic
def reset(person: StaffMember, reason: str, actor: StaffMember | None, tenant: UUID | None = None) -> bool:
    """Removes all factors of a person who lost theirs, and ends their sessions; whether there were any. The days of grace do
    not begin again."""
    StaffMember.objects.select_for_update().get(pk=person.pk)
    removed = Authenticator.objects.filter(user=person).delete()[0]
    sessions.end_all(person)
    for team in [tenant] if tenant else trail.teams_of(person):
        record(Action.FACTOR_RESET, subject=f"staff:{person.pk}", tenant=team, reason=reason[:200], **by(actor))
    outbox.ask(person.email, PasswordMail.Kind.CHANGED, {"what": "Two-step sign-in was reset for your account"})
    return bool(removed)


WHERE = Place(UUID(int=0), "mfa.authenticator", UUID(int=0), "data")
"""What allauth seals here: it names neither person nor row."""


def opened(sealed: str) -> Secret:
    """Raises CannotOpen."""
    return open_seal(sealed, WHERE)


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    error_messages: ClassVar[dict[str, str]] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That isn’t right, or it was used already. Try again.",
        "cannot_generate_recovery_codes": "Set up a passkey or an authenticator app first.",
    }

    def get_totp_issuer(self) -> str:
        return "Issuer Dashboard"

    def _get_site_name(self) -> str:
        return "Issuer Dashboard"

    def build_totp_svg(self, url: str) -> str:
        """Without a declaration, to stand within a page."""
        return str(qrcode.make(url, image_factory=SvgPathImage, border=2).to_string(encoding="unicode"))

    def encrypt(self, text: str) -> str:
        return seal(Secret(text), WHERE)

    def decrypt(self, encrypted_text: str) -> str:
        """One that does not open, since its key is lost, becomes one that no code fits: its owner has it reset."""
        try:
            return opened(encrypted_text).reveal()
        except CannotOpen as error:
            log.exception("a second step does not open", said=str(error))
            return str(generate_totp_secret())

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        return f"Passkey {Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}"
