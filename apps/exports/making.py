"""The worker's part of an export: reads a list to its end, writes the file, and looks again whether anything moved meanwhile
(`settling`). What was written can always be gone on with; what was not finished is offered to no one.

Each page is written, then kept in the spool with all that is needed to go on behind it.
"""

import errno
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from itertools import islice, pairwise
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.db import transaction

from apps.audit.actions import Action
from apps.audit.record import record
from apps.jobs.models import Job, State
from apps.jobs.queue import Lease, Lost
from apps.jobs.running import Ending
from apps.listing import BY_ID, CellContext, Order, Pages, order_of, walk
from apps.tenants.connections import KeyLost
from apps.tenants.models import FirebaseSignIn
from apps.tenants.permissions import Role
from apps.upstream import errors
from apps.upstream.decode import Row, decode_object
from apps.upstream.issuance.client import Page

from . import files, mailing, manifest, settling
from .asked import Asked, Format
from .cells import amounts, out
from .spool import Entry, Reached, Spool, encode, id_of
from .writers import Writer, writer

NO_RIGHT, KEY_GONE, DISK_FULL, NO_SIGNATURE = "no right", "key gone", "disk full", "no signature"
NO_SIGN_IN, NO_ROOM = "no sign-in", "no room"


class Stopped(Exception):
    """The job ends with this code as its reason."""


def make(lease: Lease) -> None:
    """Raises Lost, and Ending where the worker stops."""
    making = Making(lease)
    try:
        making.run()
    except Lost:
        making.drop_if_over()
        raise
    except Stopped as why:
        making.fail({"code": str(why)})
    except errors.UpstreamError as error:
        making.fail({"code": "upstream", "error": error.as_kept()})
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        making.fail({"code": DISK_FULL})


@dataclass(frozen=True, slots=True)
class Came:
    """A page of rows, with what is kept of each."""

    count: int
    broken: int
    foreign: int
    rows: list[Row]
    encoded: list[bytes]
    ids: list[int]

    @property
    def raw(self) -> bytes:
        return b"[" + b",".join(self.encoded) + b"]"


class Making:
    def __init__(self, lease: Lease) -> None:
        self.lease, self.job = lease, lease.job
        self.asked = Asked.of(self.job.asked)
        self.at = Reached()
        self.checked = 0
        """Rows of a second reading so far."""
        self.ids: list[int] = []
        """Of rows that were written and are not recorded yet."""
        self.tests = self.asked.tests()
        self.members = [*dict.fromkeys((*self.asked.columns, *self.asked.here, "id"))]
        self.name = f"{self.job.pk}.{lease.holder}"
        self.file: BinaryIO
        self.spool: Spool
        self.writer: Writer

    def run(self) -> None:
        self.check_right()
        self.sources = self.asked.sources(self.job.tenant)
        if len(self.sources) < len(self.asked.keys):
            raise Stopped(KEY_GONE)
        if self.asked.is_mailing:
            self.make_mailing()
            return
        self.walk_by(self.job.reached.get("at", {}).get("order") or self.asked.order or BY_ID)
        self.open()
        with self.file:
            try:
                self.write_rest()
                settled = settling.settle(self)
                twice = settling.under_several_keys(self)
            except Ending:
                self.save()
                raise
            finally:
                self.spool.close()
            self.finish(settled, twice)

    def make_mailing(self) -> None:
        sign_in = FirebaseSignIn.objects.select_related("tenant").filter(tenant=self.job.tenant).first()
        if sign_in is None:
            raise Stopped(NO_SIGN_IN)
        list_of = mailing.Mailing(self, sign_in)
        list_of.open()
        with self.file:
            with list_of.notes:
                held = list_of.run()
            self.writer.more = [("Not matched", each) for each in [mailing.pairs(held["not_matched"])] if each]
            beside = {"not_matched": held["not_matched"]}
            made = manifest.of_mailing(self.job, self.asked, held, self.check_right())
            self.end_file(made, {}, f"{self.name}.log", beside)

    def walk_by(self, order: str) -> None:
        listing = self.asked.of_listing
        self.walks = [walk(listing, source, self.asked.sent, order) for source in self.sources]
        self.shown: dict[int, CellContext] = {}

    # the file

    def open(self) -> None:
        """A file of this claim alone: a worker that lost the job may still have the former one open, so what is good of it
        is copied."""
        before, spool_before = self.job.reached.get("file", ""), self.job.reached.get("log", "")
        self.file = files.create(self.name)
        self.spool = Spool(f"{self.name}.log")
        saved = self.job.reached.get("at")
        if not saved or not self.take_over(before, spool_before, msgspec.convert(saved, Reached)):
            self.start_over(self.walks[0].ordering)
        self.save()
        for name in (before, spool_before):
            if name:
                files.remove(name)

    def take_over(self, name: str, spool_name: str, saved: Reached) -> bool:
        """Whether the former worker's file holds what it is said to hold."""
        try:
            with files.path_of(name).open("rb") as former, files.path_of(spool_name).open("rb") as lines:
                if os.fstat(former.fileno()).st_size < saved.offset or not saved.is_aligned:
                    return False
                self.spool.take(islice(lines, saved.pages))
                if len(self.spool) < saved.pages:
                    return False
                shutil.copyfileobj(former, self.file)
        except FileNotFoundError:
            return False
        self.go_on_from(saved)
        return True

    def start_over(self, order: str) -> None:
        """From the first page on, in this order."""
        if order != self.walks[0].ordering:
            self.walk_by(order)
        self.spool.cut(0).close()
        self.go_on_from(Reached(order=order, writer={"names_keys": len(self.walks) > 1}))
        self.writer.begin()
        self.note_end()

    def go_back(self, place: int) -> BinaryIO:
        """Cuts file and spool before the page at that place. Returns the pages that were there."""
        self.checked = 0
        former, before = self.at, self.spool.last(place)
        self.say_back(before)
        tail = self.spool.cut(place)
        if before:
            self.go_on_from(before)
        else:
            self.start_over(self.at.order)
            self.at.since, self.at.read_from = former.since, former.read_from
        return tail

    def say_back(self, at: Reached | None) -> None:
        """Before anything is cut: who takes up the job from here on relies on nothing that is not to stay. Raises Lost."""
        reached = {"file": self.name, "log": self.spool.name, "checked": 0, "at": at.kept() if at else {}}
        self.lease.beat(reached=reached)

    def go_on_from(self, at: Reached) -> None:
        self.at = at
        self.file.seek(at.offset)
        self.file.truncate()
        listing = self.asked.of_listing
        self.writer = writer(Format(self.asked.format), self.file, listing.title, out(self.asked), at.writer)

    def note_end(self) -> None:
        self.at.writer = self.writer.state
        self.at.offset = self.file.tell()

    # reading and writing

    def write_rest(self) -> None:
        if not self.at.pages:
            self.at.read_from, self.at.since = datetime.now(UTC).isoformat(), ""
        for source in range(self.at.source, len(self.walks)):
            first = self.at.page + 1 if source == self.at.source else 1
            for number, page in Pages(self.walks[source], self.tick, first, self.asked.pages):
                self.at.since = self.at.since or settling.since(page, self.at.read_from)
                came = self.came(page)
                self.watch_order(source, came.ids, page.rows)
                self.write(source, number, came)
        self.save()

    def came(self, page: Page) -> Came:
        """What the file may need of each row; its digits as they were sent."""
        kept = [{name: row[name] for name in self.members if name in row} for row in page.rows]
        return Came(page.count, page.broken, page.foreign, kept, list(map(encode, kept)), list(map(id_of, kept)))

    def write_anew(self, entry: Entry, rows: Mapping[int, bytes]) -> None:
        """A page of the spool with these rows instead, by ID. One that the page before has already stands here no more."""
        last = self.at.last_id if entry.source == self.at.source else -1
        ids = [number for number in sorted(rows) if number > last]
        encoded = [rows[number] for number in ids]
        page = Came(entry.count, entry.broken, entry.foreign, list(map(decode_object, encoded)), encoded, ids)
        self.watch_order(entry.source, ids, page.rows)
        self.write(entry.source, entry.page, page)

    def write(self, source: int, number: int, page: Came) -> None:
        at, label = self.at, self.walks[source].key.label
        rows = self.fitting(page.rows)
        at.source, at.page, at.pages = source, number, at.pages + 1
        at.counts[label] = [at.counts.get(label, [page.count])[0], page.count]
        at.broken, at.foreign = at.broken + page.broken, at.foreign + page.foreign
        self.add_up(rows)
        self.writer.write(rows, self.shown_by(source), label if at.writer.get("names_keys") else "")
        at.read, at.rows = at.read + len(page.rows), at.rows + len(rows)
        self.note_end()
        self.spool.add(
            Entry(source, number, page.count, page.broken, page.foreign, page.ids, msgspec.Raw(page.raw), at)
        )
        self.ids += [found for found in (map(id_of, rows) if self.tests else page.ids) if found >= 0]

    def shown_by(self, source: int) -> CellContext:
        if source not in self.shown:
            known = self.walks[source].known
            zone = ZoneInfo(self.asked.zone)
            self.shown[source] = CellContext(zone, statuses=known.statuses, offerings=known.offerings)
        return self.shown[source]

    def fitting(self, rows: list[Row]) -> list[Row]:
        """Those that pass what is applied here."""
        for test in self.tests:
            answers = [test(row) for row in rows]
            self.at.undecided += answers.count(None)
            rows = [row for row, fits in zip(rows, answers, strict=True) if fits]
        return rows

    def add_up(self, rows: Sequence[Row]) -> None:
        """Exactly, whatever the number of digits."""
        for name in self.asked.of_listing.sums:
            if name not in self.asked.columns:
                continue
            found, none = amounts([row.get(name) for row in rows])
            with localcontext(prec=60):
                added = sum(found, Decimal(self.at.totals.get(name, "0")))
            self.at.totals = {**self.at.totals, name: format(added, "f")}
            if none:
                self.at.unread = {**self.at.unread, name: self.at.unread.get(name, 0) + none}

    def watch_order(self, source: int, ids: Sequence[int], rows: Sequence[Row]) -> None:
        """By ID, each follows the one before; else as far as the rows themselves tell."""
        at = self.at
        if at.order != BY_ID:
            found = order_of(rows, at.order, self.asked.of_listing.schema.specs)
            at.is_ordered = at.is_ordered and found is not Order.IGNORED
            return
        last = at.last_id if source == at.source else -1
        at.is_ordered = at.is_ordered and all(before < number for before, number in pairwise([last, *ids]))
        at.last_id = max(last, *ids) if ids else last

    # keeping and ending

    def stop_if_ending(self) -> None:
        if self.lease.is_ending():
            raise Ending

    def tick(self) -> None:
        self.stop_if_ending()
        if self.lease.is_due():
            self.check_right()
            self.check_room()
            self.save()

    def check_room(self) -> None:
        """Several exports may have begun while there was room for one."""
        if self.asked.format == Format.SUM:
            return
        if self.file.tell() + files.used(self.job.tenant) > settings.EXPORTS_MEGABYTES * 1_000_000:
            raise Stopped(NO_ROOM)

    def check_right(self) -> Role:
        """Who lost the right to the file, or to one of its fields, gets no further byte of it."""
        role = self.asked.role_of(self.job.person_id, self.job.tenant)
        if role is None:
            raise Stopped(NO_RIGHT)
        return role

    def save(self) -> None:
        """Whose data were read is recorded together with how far the file is. Raises Lost."""
        self.file.flush()
        self.spool.file.flush()
        os.fsync(self.file.fileno())
        reached = {"file": self.name, "log": self.spool.name, "checked": self.checked, "at": self.at.kept()}
        with transaction.atomic():
            self.lease.beat(reached=reached, steps=self.at.read, of=sum(last for _, last in self.at.counts.values()))
            self.record_rows()
        self.ids = []

    def record_rows(self) -> None:
        if self.ids and self.asked.format != Format.SUM:
            plural = "investors" if self.asked.is_mailing else self.asked.of_listing.plural
            action, columns = Action(f"{plural} exported"), list(self.asked.columns)
            record(action, actor=self.job.person, about=self.job, ids=self.ids, columns=columns)

    def finish_sum(self, settled: settling.Settled) -> None:
        result = {
            "rows": self.at.rows,
            "total": self.at.totals.get("amount", "0"),
            "unread": self.at.unread.get("amount", 0),
            "as_of": settled.as_of.isoformat(),
            "reasons": list(settled.reasons),
        }
        self.check_right()
        with transaction.atomic():
            record(Action.SUM_MADE, actor=self.job.person, about=self.job, rows=self.at.rows)
            self.lease.finish(result=result, steps=self.at.read, reached={})
        self.drop()

    def finish(self, settled: settling.Settled, twice: int) -> None:
        """`twice`: rows that stand under several keys: what is added up would count them as often."""
        if self.asked.format == Format.SUM:
            self.finish_sum(settled)
            return
        totals = {name: added for name, added in self.at.totals.items() if name not in self.at.unread and not twice}
        outcome = manifest.Outcome(self.at, settled, totals, twice, datetime.now(UTC))
        made = manifest.made(self.job, self.asked, outcome, self.check_right())
        self.end_file(made, totals, self.spool.name, {})

    def end_file(self, made: dict[str, Any], totals: Mapping[str, str], log: str, beside: Mapping[str, Any]) -> None:
        """`log`: the file that is no longer needed; `beside`: what is kept of investors, as long as the file."""
        columns = mailing.COLUMNS if self.asked.is_mailing else out(self.asked)
        self.writer.end(totals, manifest.lines(made, columns))
        self.file.flush()
        os.fsync(self.file.fileno())
        self.check_room()
        size = self.file.tell()
        sha256 = manifest.sha256_of(files.path_of(self.name), self.tick_lightly)
        try:
            proof = manifest.signed({**made, "bytes": size, "sha256": sha256})
        except KeyLost:
            raise Stopped(NO_SIGNATURE) from None
        files.hand_over(self.name, self.tick_lightly)
        self.check_right()
        with transaction.atomic():
            self.record_rows()
            record(Action.EXPORT_MADE, actor=self.job.person, about=self.job, rows=self.at.rows, sha256=sha256)
            result = {"file": self.name, "bytes": size, "proof": proof, "beside": beside}
            self.lease.finish(result=result, reached={})
        for name in (log, self.name) if files.storage() else (log,):
            files.remove(name)

    def tick_lightly(self) -> None:
        """The file is closed: nothing more of it is saved, the job is only kept."""
        if self.lease.is_due():
            self.lease.beat()

    def drop_if_over(self) -> None:
        """Nobody goes on with a canceled job."""
        if Job.objects.filter(pk=self.job.pk, state=State.CANCELED).exists():
            self.drop()

    def drop(self) -> None:
        files.take_away(self.name)
        files.remove(f"{self.name}.log")

    def fail(self, why: dict[str, Any]) -> None:
        with transaction.atomic():
            record(Action.EXPORT_FAILED, actor=self.job.person, about=self.job, reason=why["code"])
            self.lease.fail(**why)
        self.drop()
