"""The worker's part of a mailing list: the investors of a view of investments, with what each is reached by.

What was asked is noted beside the file, IDs and counts alone, so that another worker asks it not again.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO
from zoneinfo import ZoneInfo

from apps.investments.listing import INVESTMENTS
from apps.investors.listing import INVESTORS
from apps.listing import CellContext, Pages, Walk, as_sent, cells, walk
from apps.tenants.connections import Source
from apps.tenants.models import FirebaseSignIn
from apps.upstream.decode import Row
from apps.upstream.transport import query_string

from . import files
from .asked import Format
from .cells import Kind, Out, clean
from .matching import Matched, folded, matched, room_beside
from .spool import id_of
from .writers import writer

if TYPE_CHECKING:
    from .making import Making

ROUNDS = 3
"""After which it is said that investments do not rest."""
NAME = "investor_individual_name"
COLUMNS = (
    Out("name", "Name", Kind.TEXT, as_sent),
    Out("email", "Email", Kind.TEXT, as_sent),
    Out("phone", "Phone", Kind.TEXT, as_sent),
    Out("id", "Investor ID", Kind.TEXT, as_sent),
    Out("investments", "Investments", Kind.NUMBER, cells.as_digits),
)
NAMES = tuple(column.name for column in COLUMNS)
CONSENT = "Issuance tells neither whether an investor agreed to be contacted nor whether they unsubscribed."


class Mailing:
    """`answers`: number of the key and IDs -> how many investments, of all questions so far."""

    def __init__(self, making: "Making", sign_in: FirebaseSignIn) -> None:
        self.making, self.sign_in = making, sign_in
        self.answers: dict[str, int] = {}
        self.calls = 0
        self.notes: BinaryIO
        self.people: dict[int, Row] = {}

    def run(self) -> dict[str, Any]:
        """Makes the file. Returns what its manifest says of it."""
        making = self.making
        self.people = {id_of(row): row for row in self.read(walk(INVESTORS, self.sign_in, {})) if id_of(row) >= 0}
        for _ in range(ROUNDS):
            at = datetime.now(UTC)
            found = [self.of_source(number, source) for number, source in enumerate(making.sources)]
            if all(rests for _, rests in found):
                break
            self.answers.clear()
        self.write([each for each, _ in found])
        people = [person for each, _ in found for person in each.found]
        return {
            "rows": making.at.rows,
            "rows_under_several_keys": len(people) - len({*people}),
            "investments": {
                source.label: sum(each.found.values()) for source, (each, _) in zip(making.sources, found, strict=True)
            },
            "not_matched": dict(sum((names_left(each) for each, _ in found), Counter[str]())),
            "investments_not_matched": sum(each.left for each, _ in found),
            "calls": self.calls,
            "as_of": at.isoformat(),
            "is_complete": all(rests for _, rests in found),
            "consent": CONSENT,
        }

    def open(self) -> None:
        making = self.making
        before, former = making.job.reached.get("log", ""), making.job.reached.get("file", "")
        making.file, self.notes = files.create(making.name), files.create(f"{making.name}.log")
        if before and files.path_of(before).exists():
            for line in files.path_of(before).read_bytes().splitlines():
                self.note(*json.loads(line))
        self.save()
        for name in (before, former):
            if name:
                files.remove(name)

    def note(self, question: str, answer: int) -> None:
        self.answers[question] = answer
        self.notes.write(json.dumps([question, answer]).encode() + b"\n")

    def save(self) -> None:
        """Raises Lost."""
        self.notes.flush()
        making = self.making
        reached = {"file": making.name, "log": f"{making.name}.log", "calls": self.calls}
        making.lease.beat(reached=reached, steps=self.calls)

    def tick(self) -> None:
        self.making.stop_if_ending()
        if self.making.lease.is_due():
            self.making.check_right()
            self.save()

    def read(self, rows_of: Walk) -> list[Row]:
        found: list[Row] = []
        for _, page in Pages(rows_of, self.tick):
            self.calls += 1
            found += page.rows
        return found

    def of_source(self, number: int, source: Source) -> tuple[Matched, bool]:
        """What one API key's investments give, and whether they rested meanwhile."""
        sent = self.making.asked.sent
        every = walk(INVESTMENTS, source, sent)
        rows = self.read(every)
        self.keep_answers_to(number, rows)
        named = Counter(str(row.get(NAME) or "") for row in rows)

        def count(ids: Sequence[int]) -> int:
            question = f"{number}:{','.join(map(str, ids))}"
            if question not in self.answers:
                narrowed = {**sent, "investor__in": ",".join(map(str, ids))}
                self.note(question, self.counted(replace(every, filters=narrowed, size=1)))
            return self.answers[question]

        people = {person: names_of(row) for person, row in self.people.items() if self.may_be(person)}
        found = matched(named, people, count, room_beside(query_string(sent)))
        return found, digest(self.read(every)) == digest(rows) and found.left >= 0

    def keep_answers_to(self, number: int, rows: Sequence[Row]) -> None:
        """Answers are of the rows that were there: of others, what a worker before was told is of no use."""
        name, of_rows = f"{number}:rows", digest(rows)
        if self.answers.get(name) != of_rows:
            kept = {
                question: answer for question, answer in self.answers.items() if not question.startswith(f"{number}:")
            }
            self.answers = kept
            self.note(name, of_rows)

    def may_be(self, person: int) -> bool:
        """A list that is narrowed to some investors has no others."""
        asked = self.making.asked.sent.get("investor__in")
        return asked is None or str(person) in asked.split(",")

    def counted(self, one: Walk) -> int:
        self.calls += 1
        page = Pages(one, self.tick).only()
        return page.count if page else 0

    def write(self, found: Sequence[Matched]) -> None:
        making = self.making
        at, several = making.at, len(making.sources) > 1
        form = Format(making.asked.format)
        making.writer = writer(form, making.file, "Mailing list", COLUMNS, {"names_keys": several})
        making.writer.begin()
        shown = CellContext(ZoneInfo(making.asked.zone))
        for source, each in zip(making.sources, found, strict=True):
            rows = [self.row(person, number) for person, number in each.found.items()]
            making.writer.write(rows, shown, source.label if several else "")
            at.rows += len(rows)
            making.ids += list(each.found)

    def row(self, person: int, number: int) -> Row:
        held = self.people[person]
        return {
            "id": person,
            "name": full_name(held) or held.get("name") or "",
            "email": held.get("email"),
            "phone": held.get("phone"),
            "investments": number,
        }


def digest(rows: Sequence[Row]) -> int:
    """Of which investments they are, and whose names they bear."""
    borne = sorted((id_of(row), str(row.get(NAME) or "")) for row in rows)
    return int.from_bytes(hashlib.sha256(repr(borne).encode("utf-8", "replace")).digest()[:6])


def names_left(found: Matched) -> Counter[str]:
    """Without what no database and no file takes."""
    left: Counter[str] = Counter()
    for name, number in found.names.items():
        left[clean(name)] += number
    return left


def full_name(row: Row) -> str:
    return " ".join(str(part) for part in (row.get("first_name"), row.get("last_name")) if part)


def names_of(row: Row) -> list[str]:
    return [folded(name) for name in (full_name(row), str(row.get("name") or "")) if name]


def pairs(found: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(name or "No name sent", f"{number}") for name, number in sorted(found.items())]
