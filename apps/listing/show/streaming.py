"""Sends the page's shell at once and its rows when the API has answered.

Parsing, access checks and refusals happen before the first byte. A later failure becomes a panel in the page, which
always ends well-formed. The generator touches neither request nor session; it does write the audit entry of whose rows
it shows, which is known only then (docs/adr/0004).
"""

from collections.abc import Callable, Iterator
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
    """The part of a page that needs the API: the calls it waits for, and what renders it afterwards."""

    waiting: Waiting
    render: Callable[[], Rendered]


def streamed(shell: str, deferred: Deferred) -> HttpResponseBase:
    head, _, tail = shell.partition(MARK)
    response = StreamingHttpResponse(whole(head, deferred, tail))
    response["X-Accel-Buffering"] = "no"
    return response


def whole(head: str, deferred: Deferred, tail: str) -> Iterator[str]:
    yield head + '<p class="waiting at-first">Loading from Issuance…</p>'
    yield from slow_words(deferred.waiting)
    try:
        html = deferred.render().html
    except Exception as error:
        outage.log_error(log, error, "page broke off")
        html = render_to_string("components/fault.html")
    yield arrived(html) + tail


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
