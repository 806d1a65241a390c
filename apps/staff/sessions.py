"""Who is signed in: a session's row, which ends with it, after 12 hours, or when nobody has used it for a while.

A page of a team reads the row along with all else (apps.tenants.known); any other page reads it along with its person. A
poll, which no one asked for, is no use. The last use is written at most once a minute.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest
from django.utils import timezone

from .backend import LOOKED_UP
from .browsers import browser
from .models import StaffMember, StaffSession

NUMBER = "staff_session"
"""In Django's session: the ID of our row."""
LONGEST = timedelta(seconds=settings.SESSION_COOKIE_AGE)
IDLE = timedelta(minutes=settings.SESSION_IDLE_MINUTES)
FRESH = timedelta(minutes=15)
"""After which a weighty act asks again who one is."""
NOTED = timedelta(minutes=1)
"""How exactly the last use is known."""


def begin(request: HttpRequest, person: StaffMember) -> StaffSession:
    agent, address = request.META.get("HTTP_USER_AGENT", ""), get_adapter(request).get_client_ip(request)
    StaffSession.objects.filter(used_at__lt=timezone.now() - LONGEST).delete()
    team, factor = getattr(request, "vouched", (None, factor_in(get_authentication_records(request, person))))
    now = timezone.now()
    seen = {"began_at": now, "used_at": now, "browser": browser(agent), "address": address}
    made = StaffSession.objects.create(person=person, factor=factor, only_team=team, **seen)
    request.session[NUMBER] = str(made.pk)
    return made


def only_team(request: HttpRequest) -> UUID | None:
    """The team whose provider vouched for this session; None for one that opens all of its person's."""
    row = getattr(request, "staff_session", None)
    return row.only_team if isinstance(row, StaffSession) else None


def factor_in(records: list[dict[str, Any]]) -> str:
    """The second step of a sign-in; a passkey alone is both."""
    return next((str(each["type"]) for each in reversed(records) if each.get("method") == "mfa"), "")


def confirmed(request: HttpRequest, factor: str = "") -> None:
    """Notes that the person has just proved who they are, by a factor or, without one, by their password."""
    row = getattr(request, "staff_session", None)
    if isinstance(row, StaffSession):
        row.factor, row.confirmed_at = factor or row.factor, timezone.now()
        StaffSession.objects.filter(pk=row.pk).update(factor=row.factor, confirmed_at=row.confirmed_at)


def was_confirmed(request: HttpRequest) -> bool:
    """Lately enough for what asks again."""
    row: StaffSession = request.staff_session  # type: ignore[attr-defined]
    return timezone.now() - row.confirmed_at < FRESH


def number_of(request: HttpRequest) -> UUID | None:
    held = request.session.get(NUMBER)
    return UUID(held) if held else None


def person_of(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """Who is signed in, for a page that has not looked them up."""
    person, number = request.session.get(SESSION_KEY), number_of(request)
    if person is None or number is None:
        return AnonymousUser()
    row = StaffSession.objects.select_related("person").filter(pk=number, person_id=int(person)).first()
    return signed_in(request, row.person if row else None, row)


def signed_in(
    request: HttpRequest, person: StaffMember | None, row: StaffSession | None
) -> AbstractBaseUser | AnonymousUser:
    """The person, if their session is still open; it is used hereby. `person`: whom the session names, as just looked up.
    Django checks that the password is still the same."""
    if person is None or row is None:
        return AnonymousUser()
    now = timezone.now()
    if not is_open(row, now):
        end(request, row, now)
        return AnonymousUser()
    before = LOOKED_UP.set(person)
    try:
        user = get_user(request)
    finally:
        LOOKED_UP.reset(before)
    request.staff_session = row  # type: ignore[attr-defined]
    is_first = row.used_at == row.began_at
    if user.is_authenticated and not is_poll(request) and (is_first or now - row.used_at >= NOTED):
        StaffSession.objects.filter(pk=row.pk, used_at__lt=now).update(used_at=now)
        request.is_use_noted = True  # type: ignore[attr-defined]
    return user


def is_noted(request: HttpRequest) -> bool:
    """Whether this request's use was noted, which happens once a minute."""
    return getattr(request, "is_use_noted", False)


def is_open(row: StaffSession, now: datetime) -> bool:
    return now - row.used_at < IDLE and now - row.began_at < LONGEST


def is_poll(request: HttpRequest) -> bool:
    """Whether the page asked by itself."""
    return "X-Poll" in request.headers


def end(request: HttpRequest, row: StaffSession, now: datetime) -> None:
    row.delete()
    request.session.flush()
    if isinstance(getattr(request, "_messages", None), BaseStorage):
        messages.info(request, why_ended(row, now))


def why_ended(row: StaffSession, now: datetime) -> str:
    if now - row.began_at >= LONGEST:
        return f"You were signed out after {LONGEST // timedelta(hours=1)} hours. Sign in again to go on."
    return f"You were signed out after {IDLE // timedelta(minutes=1)} minutes without use. Sign in again to go on."


def of_person(person: StaffMember) -> list[StaffSession]:
    """Those that are open, the last used first."""
    now = timezone.now()
    return [row for row in person.sessions.all() if is_open(row, now)]


def end_all(person: StaffMember, but: UUID | None = None) -> int:
    """Ends a person's sessions; how many."""
    held = person.sessions.exclude(pk=but) if but else person.sessions.all()
    return int(held.delete()[0])
