"""Part of the audit log as a file: what its page shows under the same filters, to read in a spreadsheet, and with its proofs."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, BinaryIO

from apps.audit.models import Entry
from apps.exports.cells import harmless
from apps.tenants.models import Tenant

from . import entries, naming, sealing, sentences
from .archive import Archive, add_log, close
from .asked import Asked

MOST = 100_000
"""Entries of one file. What is older is a file of its own: the log can be narrowed by days."""
HEADS = ("When (UTC)", "Who", "What", "Detail", "About", "Entry", "Request")


def write(
    tenant: Tenant, made_for: str, asked: Asked, file: BinaryIO, tick: Callable[[int, int], None]
) -> dict[str, Any]:
    """Returns the manifest. Raises what `tick` raises, and connections.KeyLost."""
    archive, made_at = Archive(file), datetime.now(UTC)
    sealing.work_off()
    found, text = [], io.StringIO("\ufeff", newline="")
    text.seek(0, io.SEEK_END)
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(HEADS)
    walk = pages(tenant, asked)
    for page in walk:
        found += page
        rows.writerows(lines(tenant, page))
        tick(len(found), len(found))
        if len(found) >= MOST:
            break
    is_whole = next(walk, None) is None
    archive.add("entries.csv", text.getvalue())
    archive.add_json("asked.json", {"filters": asked.address, "entries": len(found), "is_complete": is_whole})
    add_log(archive, tenant, sorted(found, key=lambda entry: entry.pk))
    ending = "" if is_whole else "-incomplete"
    return close(archive, tenant, made_for, made_at, f"audit-log-{tenant.slug}-{made_at:%Y-%m-%d-%H%M}{ending}.zip")


def pages(tenant: Tenant, asked: Asked) -> Iterator[list[Entry]]:
    """Newest first; a search whose budget ends goes on."""
    while True:
        found = entries.page(tenant, asked)
        if found.entries:
            yield with_content(found.entries)
        if found.older is None:
            return
        asked = replace(asked, before=found.older)


def with_content(found: list[Entry]) -> list[Entry]:
    held = Entry.objects.in_bulk([entry.pk for entry in found])
    return [held[entry.pk] for entry in found]


def lines(tenant: Tenant, found: list[Entry]) -> Iterator[list[str]]:
    people = naming.people(entry.actor_id for entry in found)
    things = naming.things(tenant, {entry.subject for entry in found if entry.subject})
    for entry in found:
        person = people.get(entry.actor_id or 0)
        about = things[entry.subject].name if entry.subject else ""
        said = (
            entry.at.isoformat(),
            person.called if person else naming.SYSTEM,
            sentences.told(entry.action).words.replace("{}", about or "something"),
            sentences.in_words(entry.details) if isinstance(entry.details, dict) else "",
            entry.subject,
            str(entry.pk),
            entry.request_id,
        )
        yield [harmless(text) for text in said]
