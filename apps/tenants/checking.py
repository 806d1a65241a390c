"""What a person gave for a connection, checked before anything is sent."""

import re

from django.conf import settings

from apps.upstream import errors, transport
from apps.upstream.secret import Secret


class NotSaved(Exception):
    """A key was not saved. The text says why and what to do; `field` is the one to correct: label, url or secret."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


def rules() -> transport.Rules:
    return transport.Rules(frozenset(settings.UPSTREAM_HOSTS), settings.UPSTREAM_CA_FILE)


def check_url(url: str) -> str:
    """The URL without a trailing slash. Raises NotSaved."""
    try:
        transport.check_address(url, rules())
    except errors.Insecure:
        raise NotSaved("url", wrong_with(url)) from None
    return url.rstrip("/")


def wrong_with(url: str) -> str:
    """Why an API URL is not accepted, and what to enter."""
    if re.fullmatch(r"https?://[^/?#\s]+/[^?#\s]*[^?#\s/]/?", url):
        return "Enter the API URL without a path: the dashboard adds /api/ and the rest itself."
    if re.search(r"[?#@\s]", url):
        return "Enter only https:// and the host, with no spaces, user name, ?, or #."
    return (
        f"Enter a URL that starts with https:// (http:// only for this machine) and names one of "
        f"{', '.join(settings.UPSTREAM_HOSTS)}. An administrator sets these hosts as UPSTREAM_HOSTS."
    )


def check_key(secret: Secret) -> None:
    text = secret.reveal()
    if not text or len(text) > 500 or not text.isascii() or not text.isprintable() or " " in text:
        raise NotSaved("secret", "That isn’t a valid API key. Keys have 1 to 500 characters with no spaces.")
