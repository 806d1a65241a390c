"""The token of a form, made when a template asks for it."""

import secrets

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH, get_token

SIGNS = CSRF_ALLOWED_CHARS
PLACE = {sign: place for place, sign in enumerate(SIGNS)}
SIGN_OF = bytes(ord(SIGNS[byte % len(SIGNS)]) for byte in range(256))
UNEVEN = bytes(range(256 - 256 % len(SIGNS), 256))
"""Bytes below are spread evenly over the signs."""


def csrf_token(request: HttpRequest) -> str:
    """As Django's own, which asks the kernel for each sign of secret and mask and lets go of the interpreter each time; here
    it is asked once for each of the two."""
    secret = request.META.get("CSRF_COOKIE") or random_text(CSRF_SECRET_LENGTH)
    if len(secret) != CSRF_SECRET_LENGTH:
        return get_token(request)
    request.META |= {"CSRF_COOKIE": secret, "CSRF_COOKIE_NEEDS_UPDATE": True}
    mask = random_text(CSRF_SECRET_LENGTH)
    pairs = zip(secret, mask, strict=True)
    return mask + "".join(SIGNS[(PLACE[a] + PLACE[b]) % len(SIGNS)] for a, b in pairs)


def random_text(length: int) -> str:
    found = ""
    while len(found) < length:
        found += secrets.token_bytes(2 * length).translate(SIGN_OF, UNEVEN).decode()
    return found[:length]
