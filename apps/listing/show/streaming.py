"""Sends the page's shell at once and its parts when the API has answered.

Parsing, access checks and refusals happen before the first byte. A later failure becomes a panel in the page, which
always ends well-formed. The generator touches neither request nor session; it does write the audit entry of whose rows
it shows, which is known only then (docs/adr/0004).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from django.http import HttpResponseBase, StreamingHttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from apps.audit import outage

log = structlog.get_logger("listing")

MARK = mark_safe("<!-- what the API answers stands here -->")
PATIENCE = 2.0
"""Seconds after which a page says that it waits, and again every second."""


class Waiting(Protocol):
    """Calls under way."""

    def is_there(self, seconds: float) -> bool: ...


@dataclass(frozen=True, slots=True)
class Rendered:
    """The template and context of a deferred part; `is_failed`: it is a panel about a failure."""

    html: str
    is_failed: bool = False


@dataclass(frozen=True, slots=True)
class Deferred:
    """A part of a page that comes later: the calls it waits for, and what renders it afterwards. Without calls it is there as
    soon as it is rendered."""

    waiting: Waiting | None
    render: Callable[[], Rendered]


def streamed(shell: str, *deferred: Deferred) -> HttpResponseBase:
    """`shell`: with a MARK for each part, in their order."""
    response = StreamingHttpResponse(whole(shell.split(MARK), deferred))
    response["X-Accel-Buffering"] = "no"
    return response


def whole(shell: Sequence[str], deferred: Sequence[Deferred]) -> Iterator[str]:
    text = shell[0]
    for part, after in zip(deferred, shell[1:], strict=True):
        if part.waiting:
            yield text + '<p class="waiting at-first">Loading from Issuance…</p>'
            yield from slow_words(part.waiting)
        else:
            yield text
        html = rendered(part)
        text = (arrived(html) if part.waiting else html) + after
    yield text


def rendered(part: Deferred) -> str:
    try:
        return part.render().html
    except Exception as error:
        outage.log_error(log, error, "page broke off")
        return str(render_to_string("components/fault.html"))


def arrived(html: str) -> str:
    """Covers what was shown while waiting."""
    return f'<div class="arrived">{html}</div>'


def slow_words(waiting: Waiting) -> Iterator[str]:
    """Each message covers the one before: nothing that was sent can be taken back."""
    seconds = int(PATIENCE)
    if waiting.is_there(PATIENCE):
        return
    while True:
        yield f'<p class="waiting">Issuance is taking longer than usual ({seconds} seconds so far).</p>'
        if waiting.is_there(1.0):
            return
        seconds += 1
