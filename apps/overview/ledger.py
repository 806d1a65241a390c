"""One key's facts in one generation, with what a pass found to be another. Nothing of it is written before `flush`."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, QuerySet

from apps.listing import Walk
from apps.upstream.decode import Row

from . import facts
from .models import Fact
from .windows import Window

AT_ONCE = 500
UPDATED = ("week", "created_from", "created_until", *facts.READ)


@dataclass
class Ledger:
    """`first`: the week of its first row; `since`: from when on changes may be missing, by the API's clock; `left_out`: week
    -> rows that are counted and cannot be added up; `counts`: week -> facts; `changed`: number -> what it is now, None for
    one that is gone."""

    walk: Walk
    generation: int
    first: date
    since: str = ""
    left_out: Counter[date] = field(default_factory=Counter)
    counts: Counter[date] = field(default_factory=Counter)
    changed: dict[int, Fact | None] = field(default_factory=dict)
    told: dict[date, int] = field(default_factory=dict)
    """Week -> what was counted when it was read again: who still says so contradicts its own rows, and is not asked again."""

    @property
    def rows(self) -> QuerySet[Fact]:
        return Fact.objects.filter(key_id=self.walk.key.pk, generation=self.generation)

    def count(self) -> None:
        """As the database holds them."""
        self.counts = Counter(dict(self.rows.order_by().values_list("week").annotate(Count("pk"))))

    def held(self, numbers: Iterable[int]) -> dict[int, Fact]:
        numbers = list(numbers)
        found: dict[int, Fact | None] = {}
        for start in range(0, len(numbers), AT_ONCE):
            found |= {each.number: each for each in self.rows.filter(number__in=numbers[start : start + AT_ONCE])}
        found |= {number: self.changed[number] for number in numbers if number in self.changed}
        return {number: fact for number, fact in found.items() if fact}

    def made(self, number: int, read: Mapping[str, Any], window: Window, now: datetime) -> Fact:
        first, last = window.bounds(now)
        return Fact(
            key_id=self.walk.key.pk,
            generation=self.generation,
            number=number,
            week=window.week,
            created_from=first,
            created_until=max(first, last),
            **read,
        )

    def add(self, rows: Iterable[Row], window: Window, now: datetime) -> int:
        """Rows of a generation that no one sees yet. How many of them have no readable ID."""
        left_out = 0
        for row in rows:
            number = facts.number_of(row)
            if number is None:
                left_out += 1
            else:
                self.changed[number] = self.made(number, facts.read(row), window, now)
        return left_out

    def follow(self, rows: Iterable[Row], placed: Window | None, now: datetime) -> tuple[bool, set[int]]:
        """Rows as they are now. Whether any is another than before; and those that are new, where nothing says when they were
        created."""
        read = {number: facts.read(row) for row in rows if (number := facts.number_of(row)) is not None}
        held, strange, moved = self.held(read), set(), False
        for number, found in read.items():
            before = held.get(number)
            if before and not facts.differs(before, found):
                continue
            moved = True
            if before:
                self.changed[number] = copied(before, found)
            elif placed:
                self.changed[number] = self.made(number, found, placed, now)
                self.counts[placed.week] += 1
            else:
                strange.add(number)
        return moved, strange

    def replace(self, week: date, rows: Iterable[tuple[Window, Row]], left_out: int, now: datetime) -> None:
        """A week that was read again."""
        read = {number: (window, row) for window, row in rows if (number := facts.number_of(row)) is not None}
        held = self.held(read)
        for number, (window, row) in read.items():
            before, found = held.get(number), facts.read(row)
            if before is None or before.week != week:
                self.changed[number] = self.made(number, found, window, now)
                if before:
                    self.counts[before.week] -= 1
            elif facts.differs(before, found):
                self.changed[number] = copied(before, found)
        gone = {*self.rows.filter(week=week).values_list("number", flat=True)}
        gone |= {number for number, fact in self.changed.items() if fact and fact.week == week}
        for number in gone - read.keys():
            if (now_elsewhere := self.changed.get(number)) is None or now_elsewhere.week == week:
                self.changed[number] = None
        self.counts[week], self.left_out[week] = len(read), left_out

    def between(self, second: int) -> list[Fact]:
        """Those that may have been created before that second, or after it."""
        found = {each.number: each for each in self.rows.filter(created_from__lt=second, created_until__gte=second)}
        found |= {number: fact for number, fact in self.changed.items() if fact}
        gone = {number for number, fact in self.changed.items() if fact is None}
        kept = [fact for number, fact in found.items() if number not in gone]
        return [fact for fact in kept if fact.created_from < second <= fact.created_until]

    def narrow(self, fact: Fact, second: int, *, is_older: bool) -> None:
        if is_older:
            fact.created_until = second - 1
        else:
            fact.created_from = second
        self.changed[fact.number] = fact

    def offerings(self) -> list[int]:
        return sorted(self.rows.order_by().values_list("offering", flat=True).distinct())

    def flush(self) -> None:
        gone = [number for number, fact in self.changed.items() if fact is None]
        for start in range(0, len(gone), AT_ONCE):
            self.rows.filter(number__in=gone[start : start + AT_ONCE]).delete()
        Fact.objects.bulk_create(
            [fact for fact in self.changed.values() if fact],
            AT_ONCE,
            update_conflicts=True,
            unique_fields=("key", "generation", "number"),
            update_fields=UPDATED,
        )
        self.changed = {}


def copied(before: Fact, found: Mapping[str, Any]) -> Fact:
    """Another object: what is held may be compared with again."""
    kept = {
        name: getattr(before, name)
        for name in ("key_id", "generation", "number", "week", "created_from", "created_until")
    }
    return Fact(**kept, **found)
