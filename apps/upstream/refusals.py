"""Maps an unsuccessful answer (status, headers, body) to a member of the error family.

This is Django REST Framework's style, which Issuance uses; another API's module brings its own.
"""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from . import errors
from .decode import decode_json

NOT_PROVIDED = "Authentication credentials were not provided."


def refused(status: int, head: Mapping[str, str], body: bytes) -> errors.UpstreamError:
    if status in (401, 403):
        return errors.KeyRefused(status, is_not_provided=NOT_PROVIDED.encode() in body)
    if status == 404:
        return errors.Missing(status)
    if status == 429:
        return errors.Throttled(status, retry_after(head.get("Retry-After", "")))
    if status == 400:
        return errors.Invalid(status, field_errors(body))
    return otherwise(status)


def otherwise(status: int) -> errors.UpstreamError:
    """What all APIs mean alike."""
    if 400 <= status < 500:
        return errors.Refused(status)
    return errors.Failed(status) if status >= 500 else errors.Unreadable(f"HTTP {status} instead of 200")


def retry_after(text: str) -> int | None:
    """Seconds from a Retry-After header in either form; None if it says nothing usable."""
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    try:
        return max(0, int(parsedate_to_datetime(text).timestamp() - time.time()))
    except (ValueError, OverflowError):
        return None


def field_errors(body: bytes) -> dict[str, list[str]]:
    """Django REST Framework's 400: an object of lists, or a bare list, which belongs to no field."""
    try:
        problem = decode_json(body)
    except errors.Unreadable:
        return {}
    if isinstance(problem, list):
        problem = {"": problem}
    if not isinstance(problem, dict):
        return {}
    return {
        name: [str(word) for word in (said if isinstance(said, list) else [said])] for name, said in problem.items()
    }
