"""A log processor, the last to run: removes whatever looks like a credential or an email address."""

import re
from collections.abc import MutableMapping
from typing import Any

_PATTERNS = (
    (re.compile(r"(?i)\b(api-key|bearer|basic|jwt|token)\s+[\w.~+/=-]{6,}"), r"\1 [removed]"),
    (re.compile(r"(?i)\b(password|secret|idtoken|refreshtoken|key)=[^\s&]+"), r"\1=[removed]"),
    (re.compile(r"\bey[\w-]{10,}\.[\w-]+\.[\w-]*"), "[removed token]"),
    (re.compile(r"[\w.+-]+(?:@|%40)[\w-]+\.[\w.-]+"), "[removed address]"),
    (re.compile(r"\?[^\s\"']*=[^\s\"']*"), "?[removed query]"),
)


def scrub(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: cleans every text of the event, whatever its key."""
    for name, value in event.items():
        if isinstance(value, str) and name != "timestamp":
            event[name] = clean(value)
        elif name not in KEPT and not isinstance(value, int | float | type(None)):
            event[name] = clean(str(value))
    return event


KEPT = frozenset(("_record", "_from_structlog", "exc_info", "stack_info"))


def clean(text: str) -> str:
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text
