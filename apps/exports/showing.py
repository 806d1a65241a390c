"""An export as a page shows it: what it holds, how far it is, what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from apps.jobs.models import Job, State
from apps.jobs.queue import MOST_OPEN
from apps.listing import BY_ID, say_money, short_time
from apps.tenants.access import TenantRequest
from apps.tenants.zones import zone_words
from apps.upstream import errors

from .asked import Asked, Format
from .files import KEPT, is_over

TONES = {State.QUEUED: "wait", State.RUNNING: "approved", State.FAILED: "bad", State.CANCELED: "gone"}
FAILURES = {
    "no right": "Your role no longer allows this export.",
    "no sign-in": "It needs your team’s Issuance sign-in, which was removed.",
    "key gone": "The API key it needs was removed.",
    "disk full": "The server’s disk is full. Ask your administrator to make room, then export it again.",
    "no room": "Your team’s files take up all the space they may. Delete a file, then export it again.",
    "no signature": "The manifest couldn’t be signed. Ask your administrator to check the encryption keys.",
    "workers ended": "It was interrupted several times. Export it again, or with fewer rows.",
    "fault": "Something went wrong on our side. Export it again. If it keeps happening, contact support.",
}
TOO_MANY = f"Your team has {MOST_OPEN} exports or totals in progress. Wait for one to finish, or cancel one."
SECONDS_TO_JUDGE = 2.0
"""Before, how long it will take is a guess."""


@dataclass(frozen=True, slots=True)
class Card:
    """`state`, `tone`: in words, and the look of its pill; `why`: why there is no file, or not a whole one; `steps` of
    `of`, and `left`: while it is made; `not_matched`: investments of a mailing list that could not be attributed."""

    job: Job
    title: str
    about: str
    filters: str
    state: str
    tone: str
    why: str
    rows: str
    not_matched: int
    total: str
    at: str
    steps: int
    of: int
    progress: str
    left: str
    deleted_at: str
    may_download: bool

    @property
    def is_open(self) -> bool:
        return self.job.is_open

    @property
    def has_file(self) -> bool:
        return bool(self.job.result.get("file")) and not is_over(self.job)

    @property
    def has_manifest(self) -> bool:
        return "proof" in self.job.result


def card(request: TenantRequest, job: Job) -> Card:
    asked, zone = Asked.of(job.asked), request.tenant.zone
    manifest: Mapping[str, Any] = job.result.get("proof", {}).get("manifest", {})
    state, tone, why = outcome(job, manifest)
    steps, of, progress = progress_of(job)
    return Card(
        job=job,
        title="Mailing list" if asked.is_mailing else asked.of_listing.title,
        about=about(asked),
        filters="; ".join([*asked.words, *asked.here_words]) or "All rows",
        state=state,
        tone=tone,
        why=why,
        rows=rows_of(asked, manifest),
        not_matched=manifest.get("investments_not_matched", 0),
        total=total(manifest.get("totals", so_far(job, asked))),
        at=short_time(job.at, zone),
        steps=steps,
        of=of,
        progress=progress,
        left=left(job, asked, steps, of, timezone.now()),
        deleted_at=short_time(job.ended_at + KEPT, zone) if job.ended_at else "",
        may_download=asked.may_have(request.role),
    )


def about(asked: Asked) -> str:
    number = len(asked.columns)
    columns = f"{number} column{'s' if number != 1 else ''}"
    return f"{Format(asked.format).label}, {columns}, {asked.values}, times in {zone_words(ZoneInfo(asked.zone))}"


def outcome(job: Job, manifest: Mapping[str, Any]) -> tuple[str, str, str]:
    """State, tone and reason."""
    if job.state == State.DONE:
        if not job.result.get("file") or is_over(job):
            return "File deleted", "gone", ""
        if manifest.get("is_complete"):
            return "Complete", "good", ""
        return "Incomplete", "bad", " ".join(manifest.get("incomplete_because", ()))
    return State(job.state).label, TONES[State(job.state)], failure(job.result) if job.state == State.FAILED else ""


def failure(result: Mapping[str, Any]) -> str:
    if result.get("code") == "upstream" and (error := errors.again(result["error"])):
        return errors.outside_lists(error)
    return FAILURES.get(str(result.get("code")), FAILURES["fault"])


def so_far(job: Job, asked: Asked) -> Mapping[str, str]:
    """Through several keys a row may come several times."""
    totals: Mapping[str, str] = job.reached.get("at", {}).get("totals", {})
    return totals if len(asked.keys) == 1 else {}


def rows_of(asked: Asked, manifest: Mapping[str, Any]) -> str:
    """With how many were read, where some of them were left out here, and how many stand twice."""
    written, twice = rows(manifest.get("rows")), manifest.get("rows_under_several_keys", 0)
    found = f"{written} of {manifest['rows_read']:,} read" if asked.here and written else written
    return f"{found}, {twice:,} of them under several API keys" if twice else found


def rows(number: int | None) -> str:
    return "" if number is None else f"{number:,} row{'s' if number != 1 else ''}"


def total(totals: Mapping[str, str]) -> str:
    """The sum of what was invested, where the file holds it."""
    amount = totals.get("amount")
    return say_money(format(Decimal(amount), "f")) if amount is not None else ""


def progress_of(job: Job) -> tuple[int, int, str]:
    """Done, in all, and the same in words. The list is read a second time to see that nothing moved."""
    steps, of = job.steps, job.of or 0
    if "calls" in job.reached:
        return 0, 0, f"Matching investors: {steps:,} calls so far"
    checked = int(job.reached.get("checked", 0))
    if checked:
        return checked, of, f"Checking that nothing changed: {checked:,} of {of:,} rows"
    return steps, of, f"{steps:,} of {of:,} rows" if of else "Waiting to start" if not job.started_at else "Starting"


def left(job: Job, asked: Asked, steps: int, of: int, now: datetime) -> str:
    """By how fast it went so far. Where changes cannot be followed, a second reading takes as long as the first."""
    if job.started_at is None or not steps or not of:
        return ""
    at, is_checking = job.reached.get("at", {}), bool(job.reached.get("checked"))
    is_read_once = asked.is_dated and at.get("order", BY_ID) == BY_ID and not is_checking
    done, all_of_it = (of + steps if is_checking else steps), (of if is_read_once else 2 * of)
    taken = (now - job.started_at).total_seconds()
    if taken < SECONDS_TO_JUDGE or done >= all_of_it:
        return ""
    seconds = round(taken * (all_of_it - done) / done)
    if seconds < 90:
        return f"about {seconds} second{'s' if seconds != 1 else ''} left"
    return f"about {round(seconds / 60)} minutes left"
