"""Browsers that an account has signed in from before: a signed cookie says so, to which strangers have no key.

It opens nothing. It keeps the guesses of others from standing in its person's way (apps.staff.attempts). A password that was
changed since makes it worthless.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from .models import StaffMember

NAME = settings.DEVICE_COOKIE_NAME
AGE = timedelta(days=180)
SALT = "apps.staff.devices"
MOST = 5
"""Accounts of one browser."""


def held(request: HttpRequest) -> dict[str, list[str]]:
    """Person's ID -> name of this browser, and a part of the password's hash that no one reads back."""
    try:
        found: dict[str, list[str]] = signing.loads(request.COOKIES.get(NAME, ""), salt=SALT, max_age=AGE)
    except signing.BadSignature:
        return {}
    return found


def known_to(request: HttpRequest, email: str) -> str:
    """The name under which the account knows this browser; "" if it does not."""
    known = held(request)
    if not known:
        return ""
    person = StaffMember.objects.filter(email__iexact=email).first()
    name, mark = known.get(str(person.pk), ["", ""]) if person else ["", ""]
    return name if person and secrets.compare_digest(mark, mark_of(person)) else ""


def mark_of(person: StaffMember) -> str:
    return person.get_session_auth_hash()[:16]


def remember(request: HttpRequest, response: HttpResponseBase, person: StaffMember) -> None:
    known = held(request)
    name = known.pop(str(person.pk), ["", ""])[0] or secrets.token_hex(8)
    known = {**dict([*known.items()][-(MOST - 1) :]), str(person.pk): [name, mark_of(person)]}
    response.set_cookie(
        NAME,
        signing.dumps(known, salt=SALT),
        max_age=AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
