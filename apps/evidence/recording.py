"""The record of a team's disclaimers as a ZIP: texts, approvals, receipts, and the part of the audit log that proves them.

Made by a worker as a job. What it says can be checked by verify.py, which is in it, on a machine that knows nothing of us.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from apps.audit.actions import Action
from apps.audit.models import Entry
from apps.audit.record import record
from apps.disclaimers import history, rendering
from apps.disclaimers.history import Period
from apps.disclaimers.models import Disclaimer, Push, Review, Version
from apps.disclaimers.redline import Comparisons, redline
from apps.disclaimers.rendered_redline import of_texts
from apps.disclaimers.rendering import View
from apps.disclaimers.strapi.budget import Budget
from apps.exports import files
from apps.jobs.models import Job
from apps.jobs.queue import Lease
from apps.jobs.running import Ending
from apps.listing import exact_time
from apps.tenants.connections import KeyLost
from apps.tenants.models import Tenant
from apps.tenants.zones import zone_words

from . import extracts, sealing, sentences
from .archive import UNKNOWN, Archive, add_log, close
from .asked import read as read_asked
from .sentences import BY_KIND, Kind

SIGNATURE = {"code": "no signature"}
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")


def make(lease: Lease) -> None:
    """Of a job of kind files.RECORD. Raises jobs.queue.Lost, and Ending where the worker stops."""
    job, name = lease.job, f"{lease.job.pk}.{lease.holder}"
    try:
        with files.create(name) as file:
            try:
                made_for = job.person.email if job.person else UNKNOWN
                manifest = begin(job, made_for, file, tick_of(lease))
            except KeyLost:
                lease.fail(**SIGNATURE)
                files.take_away(name)
                return
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        sha256 = sha256_of(name)
        files.hand_over(name, lambda: lease.beat() if lease.is_due() else None)
        with transaction.atomic():
            record(Action.RECORD_MADE, actor=job.person, about=job, sha256=sha256, disclaimers=lease.job.steps)
            lease.finish(result={"file": name, "bytes": size, "sha256": sha256, "sent_as": manifest["file"]})
        if files.storage():
            files.remove(name)
    except BaseException:
        files.take_away(name)
        raise


def sha256_of(name: str) -> str:
    with files.path_of(name).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def begin(job: Job, made_for: str, file: BinaryIO, tick: Callable[[int, int], None]) -> dict[str, Any]:
    """What the job asks for: the part of the log that an address names, or the record of the disclaimers."""
    if "log" not in job.asked:
        return write(job.tenant, made_for, file, tick)
    asked, _ = read_asked(QueryDict(str(job.asked["log"])).dict())
    return extracts.write(job.tenant, made_for, asked, file, tick)


def tick_of(lease: Lease) -> Callable[[int, int], None]:
    def tick(number: int, of: int) -> None:
        if lease.is_ending():
            raise Ending
        if lease.is_due() or number == of:
            lease.beat(steps=number, of=of)

    return tick


def write(tenant: Tenant, made_for: str, file: BinaryIO, tick: Callable[[int, int], None]) -> dict[str, Any]:
    """The record of a team’s disclaimers; returns its manifest. `tick`: told how many of how many are done. Raises what it
    raises, and connections.KeyLost."""
    archive = Archive(file)
    sealing.work_off()
    records = add_disclaimers(archive, tenant, tick)
    about = Entry.objects.filter(tenant=tenant.id, action__in=BY_KIND[Kind.DISCLAIMERS])
    entries = list(about.select_related("actor").order_by("at", "pk"))
    add_log(archive, tenant, entries)
    made_at = datetime.now(UTC)
    archive.add("index.html", index(tenant, records, entries, made_at))
    return close(archive, tenant, made_for, made_at, f"disclaimers-{tenant.slug}-{made_at:%Y-%m-%d-%H%M}.zip")


def add_disclaimers(archive: Archive, tenant: Tenant, tick: Callable[[int, int], None]) -> list[dict[str, Any]]:
    held = tenant.disclaimers.select_related("live").order_by("pk")
    periods, records = history.periods(tenant), []
    for number, disclaimer in enumerate(held, 1):
        found = periods.get(disclaimer.pk, [])
        records.append(add_disclaimer(archive, disclaimer, found, partial(tick, number - 1, len(held))))
        tick(number, len(held))
    return records


# one disclaimer


def add_disclaimer(
    archive: Archive, disclaimer: Disclaimer, periods: list[Period], tick: Callable[[], None]
) -> dict[str, Any]:
    folder, before = f"disclaimers/{disclaimer.pk}", ""
    reviews, pushes = Review.objects.select_related("person"), Push.objects.select_related("person")
    versions = list(disclaimer.versions.select_related("author").order_by("number"))
    for version in versions:
        add_texts(archive, f"{folder}/v{version.number}", version.text, before)
        before = version.text
        tick()
    if disclaimer.drift_text:
        archive.add(f"{folder}/held-by-tokeny.md", disclaimer.drift_text)
    said = {
        "id": disclaimer.pk,
        "title": disclaimer.title,
        "offering": disclaimer.offering if disclaimer.offering is not None else UNKNOWN,
        "in_tokeny": {
            "id": told(disclaimer.tokeny_id),
            "created_at": told(disclaimer.tokeny_created_at),
            "compared_at": moment(disclaimer.checked_at),
            "differs": disclaimer.drift or "no",
            "sha256": disclaimer.drift_sha256 or (disclaimer.live.sha256 if disclaimer.live else UNKNOWN),
        },
        "first_use": moment(periods[0].first if periods else None),
        "last_use": "live"
        if periods and periods[-1].last is None and not periods[-1].state.differs
        else last_use(periods),
        "live": [period_of(each) for each in periods],
        "versions": [
            version_of(each, reviews.filter(version=each).order_by("at"), pushes.filter(version=each).order_by("pk"))
            for each in versions
        ],
    }
    archive.add_json(f"{folder}/record.json", said)
    return said


def add_texts(archive: Archive, name: str, text: str, before: str) -> None:
    """As bytes, as rendered in both ways, and what changed since the version before."""
    archive.add(f"{name}.md", text)
    for view, called in ((View.PLAIN, "standard"), (View.TOKENY, "tokeny")):
        archive.add(f"{name}.{called}.html", page(called, rendering.html(text, view).html))
    if before:
        marked = of_texts(before, text, View.PLAIN, Budget(), Comparisons())
        archive.add(f"{name}.changes.html", page("changes", marked.html if marked else redline(before, text).html))


def page(called: str, html: str) -> str:
    return render_to_string("evidence/text.html", {"called": called, "html": html, "style": style()})


@cache
def style() -> SafeString:
    """In each page: a browser that opens a file from a folder may not load another one."""
    return format_html("<style>\n{}</style>", mark_safe(render_to_string("evidence/record.css")))  # noqa: S308 - our own


def version_of(version: Version, reviews: Iterable[Review], pushes: Iterable[Push]) -> dict[str, Any]:
    return {
        "number": version.number,
        "sha256": version.sha256,
        "written_by": version.author.called if version.author else UNKNOWN,
        "author_ids": version.authors,
        "made_at": version.at.isoformat(),
        "origin": version.origin_words or "written here",
        "reviews": [
            {
                "person": each.person.called,
                "person_id": each.person_id,
                "approves": each.approves,
                "reason": each.reason or UNKNOWN,
                "sha256": each.sha256,
                "at": each.at.isoformat(),
            }
            for each in reviews
        ],
        "publications": [publication_of(each) for each in pushes],
    }


def publication_of(push: Push) -> dict[str, Any]:
    return {
        "id": push.pk,
        "state": push.state,
        "sha256": push.sha256,
        "approvals": push.approvals,
        "person": push.person.called if push.person else UNKNOWN,
        "operation": push.operation,
        "requested_at": push.at.isoformat(),
        "sent_at": moment(push.sent_at),
        "ended_at": moment(push.ended_at),
        "tokeny_id": told(push.tokeny_id),
        "tokeny_created_at": told(push.tokeny_created_at),
        "tokeny_updated_at": told(push.tokeny_updated_at),
        "read_back_sha256": told(push.read_back_sha256),
        "copies": push.copies,
        "reason": told(push.words),
    }


def period_of(period: Period) -> dict[str, Any]:
    return {
        "from": period.first.isoformat(),
        "through": moment(period.last) if period.last else "now",
        "version": told(period.state.version),
        "differs": period.state.differs or "no",
    }


def last_use(periods: list[Period]) -> str:
    ended = [each.last for each in periods if each.last and not each.state.differs]
    return moment(max(ended, default=None))


def moment(at: datetime | None) -> str:
    return at.isoformat() if at else UNKNOWN


def told(value: Any) -> Any:
    return value if value not in (None, "") else UNKNOWN


# what a person reads first


def index(tenant: Tenant, records: list[dict[str, Any]], entries: list[Entry], made_at: datetime) -> str:
    zone, named = tenant.zone, titles(records)
    lines = [
        (
            exact_time(entry.at, zone),
            entry.actor.called if entry.actor else "System",
            sentences.told(entry.action).words.replace("{}", named.get(entry.subject, "a disclaimer")),
            sentences.in_words(entry.details) if isinstance(entry.details, Mapping) else "",
        )
        for entry in entries
    ]
    shown = [readable(each, zone) for each in records]
    context = {"team": tenant.name, "records": shown, "lines": lines, "zone": zone_words(zone), "style": style()}
    return render_to_string("evidence/record.html", context | {"made_at": exact_time(made_at, zone)})


def readable(value: Any, zone: ZoneInfo) -> Any:
    """The same with times as people write them."""
    if isinstance(value, dict):
        return {name: readable(each, zone) for name, each in value.items()}
    if isinstance(value, list):
        return [readable(each, zone) for each in value]
    if isinstance(value, str) and ISO.fullmatch(value):
        return exact_time(datetime.fromisoformat(value), zone)
    return value


def titles(records: list[dict[str, Any]]) -> dict[str, str]:
    return {f"disclaimer:{each['id']}": f"“{each['title']}”" for each in records}
