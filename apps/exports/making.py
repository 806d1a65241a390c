"""The worker's part of an export: reads a list to its end, writes the file, and reads the list again to see that nothing
moved meanwhile. What was written can always be gone on with; what was not finished is offered to no one.

Each page is written, then logged: its fingerprint, and all that is needed to go on behind it. Where the second reading finds
another page, the file is cut there and written again.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction

from apps.audit.actions import Action
from apps.audit.record import record
from apps.jobs.queue import Lease
from apps.jobs.running import Ending
from apps.listing import CellContext, Walk, values, walk
from apps.tenants.connections import KeyLost
from apps.tenants.permissions import Role
from apps.upstream import errors
from apps.upstream.decode import Row, whole
from apps.upstream.issuance.client import Page

from . import files, manifest
from .asked import Asked, Format
from .cells import out
from .reading import Pages
from .writers import Writer, writer

ROUNDS = 4
"""Readings that find another page before it is said that rows do not rest."""
NO_RIGHT, KEY_GONE, DISK_FULL, NO_SIGNATURE = "no right", "key gone", "disk full", "no signature"
_encode = msgspec.json.Encoder().encode


class Stopped(Exception):
    """The job ends with this code as its reason."""


def make(lease: Lease) -> None:
    """Raises Lost, and Ending where the worker stops."""
    making = Making(lease)
    try:
        making.run()
    except Stopped as why:
        making.fail({"code": str(why)})
    except errors.UpstreamError as error:
        making.fail({"code": "upstream", "error": error.as_kept()})
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        making.fail({"code": DISK_FULL})


@dataclass
class Reached:
    """How far a file is: what is saved with the job, and with each page in its log.

    `source`, `page`: of the last page that was written; `offset`: the file's length; `last_id`: of its last row.
    """

    source: int = 0
    page: int = 0
    rows: int = 0
    offset: int = 0
    last_id: int = -1
    is_ordered: bool = True
    broken: int = 0
    foreign: int = 0
    totals: dict[str, str] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    counts: dict[str, list[int]] = field(default_factory=dict)
    writer: dict[str, Any] = field(default_factory=dict)


class Making:
    def __init__(self, lease: Lease) -> None:
        self.lease, self.job = lease, lease.job
        self.asked = Asked.of(self.job.asked)
        self.at = Reached()
        self.rounds = self.checked = 0
        """Readings that found another page; rows of the second reading so far."""
        self.ids: list[int] = []
        """Of rows that were written and are not recorded yet."""
        self.name, self.log_name = f"{self.job.pk}.{lease.holder}", f"{self.job.pk}.{lease.holder}.log"
        self.file: BinaryIO
        self.log: BinaryIO
        self.writer: Writer
        self.key = self.job.pk.bytes

    def run(self) -> None:
        self.check_right()
        self.walks = self.begin_walks()
        self.open()
        with self.file, self.log:
            try:
                self.write_rest()
                reasons = self.settle()
            except Ending:
                self.save()
                raise
            self.finish(reasons)

    def begin_walks(self) -> list[Walk]:
        sources = self.asked.sources(self.job.tenant)
        if len(sources) < len(self.asked.keys):
            raise Stopped(KEY_GONE)
        return [walk(self.asked.of_listing, source, self.asked.sent) for source in sources]

    # the file

    def open(self) -> None:
        """A file of this claim alone: a worker that lost the job may still have the former one open, so what is good of it
        is copied."""
        before, log_before = self.job.reached.get("file", ""), self.job.reached.get("log", "")
        files.create(self.name)
        files.create(self.log_name)
        self.file, self.log = files.path_of(self.name).open("r+b"), files.path_of(self.log_name).open("r+b")
        saved = self.job.reached.get("at")
        if saved and self.take_over(before, log_before, Reached(**saved)):
            self.rounds = self.job.reached["rounds"]
            self.writer = self.new_writer()
        else:
            self.start_over()
        self.save()
        for name in (before, log_before):
            if name:
                files.remove(name)

    def start_over(self) -> None:
        for each in (self.file, self.log):
            each.seek(0)
            each.truncate()
        self.at = Reached(writer={"names_keys": len(self.walks) > 1})
        self.writer = self.new_writer()
        self.writer.begin()
        self.note_end()

    def take_over(self, name: str, log_name: str, saved: Reached) -> bool:
        """Whether the former worker's file holds what it is said to hold."""
        try:
            with files.path_of(name).open("rb") as former, files.path_of(log_name).open("rb") as log:
                lines = [line for line, _ in zip(log, range(self.pages_of(saved)), strict=False)]
                if os.fstat(former.fileno()).st_size < saved.offset or len(lines) < self.pages_of(saved):
                    return False
                shutil.copyfileobj(former, self.file)
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                return False
            raise
        self.file.truncate(saved.offset)
        self.file.seek(saved.offset)
        self.log.writelines(lines)
        self.at = saved
        return True

    def pages_of(self, at: Reached) -> int:
        return int(at.writer.get("pages", 0))

    def new_writer(self) -> Writer:
        listing = self.asked.of_listing
        return writer(Format(self.asked.format), self.file, listing.title, out(self.asked), self.at.writer)

    def note_end(self) -> None:
        self.at.writer = self.writer.state
        self.at.offset = self.file.tell()

    # reading and writing

    def write_rest(self) -> None:
        for source in range(self.at.source, len(self.walks)):
            first = self.at.page + 1 if source == self.at.source else 1
            for number, page in Pages(self.walks[source], self.tick, first):
                self.write(source, number, page)
        self.save()

    def write(self, source: int, number: int, page: Page) -> None:
        at, label = self.at, self.walks[source].key.label
        if source != at.source:
            at.last_id = -1
        at.source, at.page = source, number
        at.counts[label] = [at.counts.get(label, [page.count])[0], page.count]
        at.broken, at.foreign = at.broken + page.broken, at.foreign + page.foreign
        self.add_up(page.rows)
        self.watch_order(page.rows)
        self.writer.write(page.rows, self.shown(source), label if at.writer.get("names_keys") else "")
        at.rows += len(page.rows)
        self.writer.state["pages"] = self.writer.state.get("pages", 0) + 1
        self.note_end()
        entry = {"page": [source, number], "seen": self.fingerprint(page), "at": kept(at)}
        self.log.write(json.dumps(entry).encode() + b"\n")
        self.ids += [found for row in page.rows if (found := whole(row.get("id"))) is not None]

    def shown(self, source: int) -> CellContext:
        known = self.walks[source].known
        return CellContext(ZoneInfo(self.asked.zone), statuses=known.statuses, offerings=known.offerings)

    def add_up(self, rows: list[Row]) -> None:
        """Exactly, whatever the number of digits."""
        for name in self.asked.of_listing.sums:
            if name not in self.asked.columns:
                continue
            found = [values.as_decimal(row.get(name)) for row in rows]
            with localcontext(prec=60):
                added = sum((each for each in found if each is not None), Decimal(self.at.totals.get(name, "0")))
            self.at.totals = {**self.at.totals, name: format(added, "f")}
            if none := sum(each is None for each in found):
                self.at.unread = {**self.at.unread, name: self.at.unread.get(name, 0) + none}

    def watch_order(self, rows: list[Row]) -> None:
        for row in rows:
            number = whole(row.get("id"))
            if number is None or number <= self.at.last_id:
                self.at.is_ordered = False
            else:
                self.at.last_id = number

    def fingerprint(self, page: Page) -> str:
        return hashlib.blake2b(_encode([page.rows, page.sent]), key=self.key, digest_size=16).hexdigest()

    # that nothing moved

    def settle(self) -> tuple[str, ...]:
        """Reads all pages again until they are those that were written: then the file shows one moment, the one between
        the two readings. Why it does not, if so."""
        while not self.is_one_moment() and (place := self.first_that_moved()) is not None:
            self.rounds += 1
            if self.rounds >= ROUNDS:
                return ("moved", *self.other_reasons())
            self.go_back(place)
            self.write_rest()
        return self.other_reasons()

    def is_one_moment(self) -> bool:
        """A single page is, of each key, if its count is that of its rows."""
        is_one_answer = all(source == place for place, (source, _, _) in enumerate(self.logged()))
        return is_one_answer and not self.other_reasons()

    def logged(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """(source, number, entry) of each page that was written."""
        self.log.flush()
        with files.path_of(self.log_name).open("rb") as lines:
            for line in lines:
                entry = json.loads(line)
                yield *entry["page"], entry

    def first_that_moved(self) -> int | None:
        """The place in the log of the first page that is another now; None if all are the same and there are no more."""
        place, written = 0, self.logged()
        checked = 0
        for source, each in enumerate(self.walks):
            for number, page in Pages(each, self.tick):
                entry = next(written, None)
                if entry is None or entry[:2] != (source, number) or entry[2]["seen"] != self.fingerprint(page):
                    return place
                place, checked = place + 1, checked + len(page.rows)
                self.checked = checked
                self.at.counts[each.key.label][1] = page.count  # one that was told while a row moved may be wrong
        return None if next(written, None) is None else place

    def go_back(self, place: int) -> None:
        """Cuts file and log before the page at that place."""
        self.checked = 0
        with files.path_of(self.log_name).open("rb") as log:
            lines = [line for line, _ in zip(log, range(place), strict=False)]
        if not lines:
            self.start_over()
            return
        self.at = Reached(**json.loads(lines[-1])["at"])
        self.file.seek(self.at.offset)
        self.file.truncate()
        self.log.seek(sum(map(len, lines)))
        self.log.truncate()
        self.writer = self.new_writer()

    def other_reasons(self) -> tuple[str, ...]:
        told = sum(last for _, last in self.at.counts.values())
        found = {
            "order": not self.at.is_ordered,
            "broken": self.at.broken,
            "foreign": self.at.foreign,
            "count": told != self.at.rows + self.at.broken + self.at.foreign,
        }
        return tuple(code for code, is_so in found.items() if is_so)

    # keeping and ending

    def tick(self) -> None:
        if self.lease.is_ending():
            raise Ending
        if self.lease.is_due():
            self.check_right()
            self.save()

    def check_right(self) -> Role:
        """Who lost the right to the file, or to one of its fields, gets no further byte of it."""
        role = self.asked.role_of(self.job.person_id, self.job.tenant)
        if role is None:
            raise Stopped(NO_RIGHT)
        return role

    def save(self) -> None:
        """Whose data were read is recorded together with how far the file is. Raises Lost."""
        self.file.flush()
        self.log.flush()
        os.fsync(self.file.fileno())
        reached = {"file": self.name, "log": self.log_name, "rounds": self.rounds, "at": kept(self.at)}
        reached["checked"] = self.checked
        with transaction.atomic():
            self.lease.beat(reached=reached, steps=self.at.rows, of=sum(last for _, last in self.at.counts.values()))
            self.record_rows()
        self.ids = []

    def record_rows(self) -> None:
        if self.ids:
            action = Action(f"{self.asked.of_listing.plural} exported")
            columns = list(self.asked.columns)
            record(action, actor=self.job.person, about=self.job, ids=self.ids, columns=columns)

    def finish(self, reasons: tuple[str, ...]) -> None:
        totals = {name: added for name, added in self.at.totals.items() if name not in self.at.unread}
        outcome = manifest.Outcome(
            self.at.rows,
            {label: (first, last) for label, (first, last) in self.at.counts.items()},
            totals,
            self.at.unread,
            reasons,
            datetime.now(UTC),
        )
        made = manifest.made(self.job, self.asked, outcome, self.check_right())
        self.writer.end(totals, manifest.lines(made))
        self.file.flush()
        os.fsync(self.file.fileno())
        size = self.file.tell()
        sha256 = manifest.sha256_of(files.path_of(self.name), self.tick_lightly)
        try:
            proof = manifest.signed({**made, "bytes": size, "sha256": sha256})
        except KeyLost:
            raise Stopped(NO_SIGNATURE) from None
        self.check_right()
        with transaction.atomic():
            record(Action.EXPORT_MADE, actor=self.job.person, about=self.job, rows=self.at.rows, sha256=sha256)
            self.lease.finish(result={"file": self.name, "bytes": size, "proof": proof}, steps=self.at.rows, reached={})
        files.remove(self.log_name)

    def tick_lightly(self) -> None:
        """The file is closed: nothing more of it is saved, the job is only kept."""
        if self.lease.is_due():
            self.lease.beat()

    def fail(self, why: dict[str, Any]) -> None:
        with transaction.atomic():
            record(Action.EXPORT_FAILED, actor=self.job.person, about=self.job, reason=why["code"])
            self.lease.fail(**why)
        self.clear_away()

    def clear_away(self) -> None:
        for name in (self.name, self.log_name):
            files.remove(name)


def kept(at: Reached) -> dict[str, Any]:
    """A copy, which later pages do not change."""
    copied: dict[str, Any] = json.loads(json.dumps(vars(at)))
    return copied
