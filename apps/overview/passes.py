"""The worker's part of the overview: passes over a team's investments, whole ones and such as follow what changed.

A whole pass reads week after week of `created_at` into a generation of facts that no page sees, and is gone on with where a
killed worker left it. A later pass reads the rows with a newer `updated_at`, compares each week's count, and reads again the
weeks that differ. Either looks until nothing moves, and then changes what pages see in one transaction.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from apps.audit.actions import Action
from apps.audit.record import record
from apps.investments.listing import ANY_BLOCKER, INVESTMENTS
from apps.investments.stages import CLOSED
from apps.jobs.queue import Lease
from apps.jobs.running import Ending
from apps.listing import Pages, ranges, walk
from apps.tenants import connections
from apps.tenants.models import IssuanceKey
from apps.tenants.permissions import Role
from apps.upstream import errors
from apps.upstream.decode import Row

from . import figures, reaching, terms, waits
from .asking import Asking, Counted, since
from .facts import number_of
from .ledger import Ledger
from .models import Digest, Fact, Snapshot
from .scope import Scope
from .slices import COUNTED
from .windows import AGES, Window, first_week, in_days, weeks

KIND = "overview"
LOOKS = 6
MOST_CHANGED = 20_000
"""Rows that are held in memory until all are known; beyond, a whole pass is made."""
FLUSHED, DROPPED = 2_000, 2_000
MOST_TOO_MANY = 2
"""Times as many rows in all weeks as there are in all: an API that ignores when rows were created would be read for ever."""
NO_KEY, KEY_GONE, CONTRADICTION = "no key", "key gone", "contradiction"


class Stopped(Exception):
    """The job ends with this code as its reason."""


class TooMuchChanged(Exception):
    pass


def make(lease: Lease) -> None:
    """Raises Lost, and Ending where the worker stops."""
    try:
        PassOver(lease).run()
    except Stopped as why:
        fail(lease, {"code": str(why)})
    except errors.UpstreamError as error:
        fail(lease, {"code": "upstream", "error": error.as_kept()})
    except IntegrityError:
        fail(lease, {"code": KEY_GONE})


def fail(lease: Lease, why: dict[str, Any]) -> None:
    with transaction.atomic():
        lease.fail(**why)
        failed = {**why, "at": datetime.now(UTC).isoformat()}
        Snapshot.objects.filter(tenant=lease.job.tenant_id).update(failed=failed)


class PassOver:
    """`is_doubtful`: the API's counts and its rows contradict each other."""

    def __init__(self, lease: Lease) -> None:
        self.lease, self.job, self.tenant = lease, lease.job, lease.job.tenant
        self.zone, self.api = self.tenant.zone, Asking(self.tick)
        self.snapshot, _ = Snapshot.objects.get_or_create(tenant=self.tenant)
        self.keys = connections.keys_of(self.tenant)
        self.ledgers: list[Ledger] = []
        self.is_whole = self.is_doubtful = False

    def run(self) -> None:
        if not self.keys:
            raise Stopped(NO_KEY)
        self.walks = [walk(INVESTMENTS, key, {}) for key in self.keys]
        self.offerings = terms.read(self.keys, self.tick)
        if not self.job.asked.get("is_whole") and not self.job.reached and self.may_follow():
            try:
                self.take_up()
                self.hand_over(self.catch_up())
                return
            except TooMuchChanged:
                pass
        self.is_whole = True
        self.read_all()
        self.hand_over(self.catch_up())

    def may_follow(self) -> bool:
        """Whether the facts that are shown are of the same keys, by the weeks of the same zone."""
        held = self.snapshot.held.get("keys", {})
        return self.snapshot.zone == self.tenant.timezone and {*held} == {str(key.pk) for key in self.keys}

    def take_up(self) -> None:
        for each in self.walks:
            held = self.snapshot.held["keys"][str(each.key.pk)]
            left_out = Counter({date.fromisoformat(week): number for week, number in held["left_out"].items()})
            first = date.fromisoformat(held["first"])
            self.ledgers.append(Ledger(each, self.snapshot.generation, first, held["since"], left_out))
            self.ledgers[-1].count()

    # all of them

    def read_all(self) -> None:
        """Goes on behind the last window that was read to its end."""
        reached = self.job.reached or self.planned()
        today = date.fromisoformat(reached["today"])
        self.ledgers = []
        for each in self.walks:
            if not (key := reached["keys"].get(str(each.key.pk))):
                raise Stopped(KEY_GONE)
            left_out = Counter({date.fromisoformat(week): number for week, number in key["left_out"].items()})
            first = date.fromisoformat(key["first"])
            self.ledgers.append(Ledger(each, reached["generation"], first, key["since"], left_out))
        windows = [
            (ledger, window)
            for ledger in self.ledgers
            for week in weeks(ledger.first, today, self.zone)
            for window in in_days(week, today, self.zone)
        ]
        if not reached["counts"]:
            reached["counts"] = list(self.api.counted(windows))
            if sum(reached["counts"]) > MOST_TOO_MANY * sum(key["count"] for key in reached["keys"].values()) + FLUSHED:
                raise Stopped(CONTRADICTION)
            self.lease.beat(reached=reached, of=sum(reached["counts"]))
        self.read_windows(windows, reached)
        for ledger in self.ledgers:
            ledger.count()

    def planned(self) -> dict[str, Any]:
        """What another worker needs to go on with this pass."""
        facts = Fact.objects.filter(key__in=self.keys)
        newest = facts.aggregate(newest=Max("generation"))["newest"] or 0
        drop_former(self.keys, self.snapshot.generation)
        keys: dict[str, dict[str, Any]] = {}
        for each in self.walks:
            began = datetime.now(UTC)
            page = self.api.ask(each, {}, size=1).only()
            first = first_week(partial(self.api.count, each), datetime.now(self.zone).date(), self.zone)
            count = page.count if page else 0
            held = {"first": first.isoformat(), "since": since(page, began), "left_out": {}, "count": count}
            keys[str(each.key.pk)] = held
        today = datetime.now(self.zone).date().isoformat()
        generation = max(newest, self.snapshot.generation) + 1
        return {"generation": generation, "today": today, "keys": keys, "counts": [], "at": 0}

    def read_windows(self, windows: list[Counted], reached: dict[str, Any]) -> None:
        now, steps = datetime.now(UTC), self.job.steps
        todo = list(zip(windows, reached["counts"], strict=True))[reached["at"] :]
        done = reached["at"]
        for place, pages in self.api.each_window(todo):
            (ledger, window), _ = todo[place]
            reached["at"], left_out = done + place, 0
            for page in pages:
                left_out += page.broken + page.foreign + ledger.add(page.rows, window, now)
                steps += page.sent
                if sum(len(each.changed) for each in self.ledgers) >= FLUSHED:
                    self.save(reached, steps)
            ledger.left_out[window.week] += left_out
            reached["at"] += 1
        self.save(reached | {"at": len(windows)}, steps)

    def save(self, reached: dict[str, Any], steps: int) -> None:
        """Facts, and how far they go. Raises Lost."""
        for ledger in self.ledgers:
            reached["keys"][str(ledger.walk.key.pk)]["left_out"] = said(ledger.left_out)
        with transaction.atomic():
            self.lease.beat(reached=reached, steps=steps)
            for ledger in self.ledgers:
                ledger.flush()

    # what has changed

    def catch_up(self) -> datetime:
        """The moment that the facts show."""
        at = datetime.now(UTC)
        for look in range(LOOKS):
            at, self.is_doubtful = datetime.now(UTC), False
            found = [self.look(ledger, is_first=not look) for ledger in self.ledgers]
            if self.is_whole:
                for ledger in self.ledgers:
                    ledger.flush()
            elif sum(len(each.changed) for each in self.ledgers) > MOST_CHANGED:
                raise TooMuchChanged
            if not any(found):
                break
        for ledger in self.ledgers:
            self.tell_ages(ledger, at)
        return at

    def look(self, ledger: Ledger, *, is_first: bool) -> bool:
        """Puts in place what has changed; whether anything has. Each week is counted once, then all of them together."""
        now = datetime.now(UTC)
        later = {"updated_at__gte": ledger.since}
        changed = Pages(replace(ledger.walk, filters=later), self.tick).begun()
        moved, strange, began = False, set[int](), ledger.since
        for number, page in changed:
            if page.count > MOST_CHANGED and not self.is_whole:
                raise TooMuchChanged
            began = since(page, now) if number == 1 else began
            differs, unplaced = ledger.follow(page.rows, None, now)
            moved, strange = moved or differs, strange | unplaced
        if strange:
            self.place(ledger, later, now)
        ledger.since = began
        contradicts = self.compare(ledger, now, each_week=is_first or bool(strange))
        self.is_doubtful = self.is_doubtful or contradicts
        return contradicts or moved

    def place(self, ledger: Ledger, later: Mapping[str, str], now: datetime) -> None:
        """New rows: those of the last days are asked for by day. Any other is found by its week's count."""
        today = now.astimezone(self.zone).date()
        from_ = datetime.fromisoformat(ledger.since).astimezone(self.zone).date()
        days = [day for week in weeks(ledger.first, today, self.zone)[-4:] for day in in_days(week, today, self.zone)]
        recent = [day for day in days if day.last is None or day.last.astimezone(self.zone).date() >= from_]
        asked = [Pages(replace(ledger.walk, filters={**later, **day.sent}), self.tick).begun() for day in recent]
        for day, pages in zip(recent, asked, strict=True):
            for _, page in pages:
                ledger.follow(page.rows, day, now)

    def compare(self, ledger: Ledger, now: datetime, *, each_week: bool) -> bool:
        """Whether the API counts other rows than are held. Those weeks are read again."""
        today = now.astimezone(self.zone).date()
        every = weeks(ledger.first, today, self.zone)
        if not each_week:
            held = ledger.counts.total() + ledger.left_out.total()
            if self.api.count(ledger.walk, {}) == held:
                return False
        counted = list(self.api.counted([(ledger, week) for week in every]))
        held_in = [ledger.counts[week.week] + ledger.left_out[week.week] for week in every]
        others = [(week, count) for week, count, held in zip(every, counted, held_in, strict=True) if count != held]
        for week, count in others:
            if week.first is None and not self.is_whole:
                self.find_earlier(ledger)
            if ledger.told.get(week.week) != count:
                self.read_again(ledger, week, today, now)
                ledger.told[week.week] = count
        return bool(others)

    def find_earlier(self, ledger: Ledger) -> None:
        """A row from before the first week has a week of its own. Raises TooMuchChanged."""
        end = Window(ledger.first, None, ranges.first_instant(ledger.first, self.zone) - ranges.INSTANT)
        if self.api.count(ledger.walk, end.sent):
            raise TooMuchChanged

    def read_again(self, ledger: Ledger, week: Window, today: date, now: datetime) -> None:
        days = [(ledger, day) for day in in_days(week, today, self.zone)]
        rows, left_out = list[tuple[Window, Row]](), 0
        for place, pages in self.api.each_window(list(zip(days, self.api.counted(days), strict=True))):
            for page in pages:
                rows += [(days[place][1], row) for row in page.rows]
                left_out += page.broken + page.foreign + sum(number_of(row) is None for row in page.rows)
        ledger.replace(week.week, rows, left_out, now)

    def tell_ages(self, ledger: Ledger, at: datetime) -> None:
        """Of blocked ones that were created on the day on which an age begins: before or after that moment?"""
        for days in AGES:
            border = at - timedelta(days=days)
            second = int(border.timestamp())
            unsure = ledger.between(second)
            unsure = [fact for fact in unsure if fact.blockers and fact.status not in CLOSED]
            if not unsure:
                continue
            first = datetime.fromtimestamp(min(fact.created_from for fact in unsure), UTC)
            asked = {"created_at__gte": first.isoformat(), "created_at__lte": border.isoformat()}
            asked["processing_issue_statuses__contains"] = ANY_BLOCKER
            older = {
                number_of(row) for _, page in Pages(replace(ledger.walk, filters=asked), self.tick) for row in page.rows
            }
            for fact in unsure:
                ledger.narrow(fact, second, is_older=fact.number in older)

    def tell(self, at: datetime) -> None:
        """What other pages and emails say of the team, from the facts that are shown now."""
        scope = Scope(self.tenant, Role.OWNER, Snapshot.objects.get(pk=self.tenant.pk), self.keys, self.zone)
        ever = reaching.tell_new(scope, at, self.snapshot.held.get("reached"))
        Snapshot.objects.filter(pk=self.tenant.pk).update(held={**scope.snapshot.held, "reached": ever})
        raised = figures.total(each.added for each in figures.by_status(scope) if each.status in COUNTED)
        parties = {party.who: party.line.added.count for party in waits.needs(scope).parties}
        values = {"as_of": at, "raised": raised.amount, "raised_by": raised.count, "waits": parties}
        Digest.objects.update_or_create(tenant=self.tenant, defaults=values)

    def tick(self) -> None:
        if self.lease.is_ending():
            raise Ending
        if self.lease.is_due():
            self.lease.beat()

    # what pages see

    def hand_over(self, at: datetime) -> None:
        keys: dict[str, dict[str, Any]] = {
            str(ledger.walk.key.pk): {
                "first": ledger.first.isoformat(),
                "since": ledger.since,
                "left_out": said(ledger.left_out),
            }
            for ledger in self.ledgers
        }
        with transaction.atomic():
            for ledger in self.ledgers:
                ledger.flush()
            for ledger in self.ledgers:
                keys[str(ledger.walk.key.pk)]["offerings"] = ledger.offerings()
            number = Snapshot.objects.select_for_update().get(pk=self.tenant.pk).number + 1
            values = {"whole_at": at} if self.is_whole else {}
            Snapshot.objects.filter(pk=self.tenant.pk).update(
                generation=self.ledgers[0].generation,
                number=number,
                as_of=at,
                zone=self.tenant.timezone,
                held={"keys": keys, "offerings": self.offerings, "is_doubtful": self.is_doubtful},
                failed={},
                **values,
            )
            self.tell(at)
            rows = sum(ledger.counts.total() for ledger in self.ledgers)
            record(Action.OVERVIEW_READ, actor=self.job.person, about=self.job, rows=rows, is_whole=self.is_whole)
            self.lease.finish(result={"rows": rows}, reached={})
        if self.is_whole:
            drop_former(self.keys, self.ledgers[0].generation)


def drop_former(keys: Iterable[IssuanceKey], generation: int) -> None:
    """Little by little: pages wait for no one who writes for long."""
    former = Fact.objects.filter(key__in=keys).exclude(generation=generation)
    while some := list(former.values_list("pk", flat=True)[:DROPPED]):
        Fact.objects.filter(pk__in=some).delete()


def said(left_out: Counter[date]) -> dict[str, int]:
    return {week.isoformat(): number for week, number in left_out.items() if number}
