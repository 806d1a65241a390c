"""Files while rows enter, leave, change, come and go at random: each is what a plain filter over the sandbox's rows gives at
the moment that it names, or says that it is incomplete. EXPORT_RUNS=200 in `make soak`."""

import csv
import io
import os
import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import ACME, Person
from tests.exports.test_moving import make
from tests.stand_in import Sandbox

RUNS = int(os.environ.get("EXPORT_RUNS", "24"))
SHARES = 8
Row = dict[str, Any]
STATUSES = ("received", "invested", "approved", "started")
FILTERS: dict[str, Callable[[Row], bool]] = {
    "status=received": lambda row: row["status"] == "received",
    "status__in=received,invested": lambda row: row["status"] in ("received", "invested"),
    "amount__gte=5000": lambda row: Decimal(row["amount"]) >= 5000,
    "offering=1": lambda row: row["offering"] == 1,
    "status=invested&amount__lt=900": lambda row: row["status"] == "invested" and Decimal(row["amount"]) < 900,
    "processing_issue_statuses__contains=_": lambda row: bool(row["processing_issue_statuses"]),
    "investor__entity__kyc_status=failed": lambda row: row["kyc_status"] == "failed",
    "watchlistentity__has_hits=true": lambda row: row["has_hits"] == 1,
}
ORDERS: dict[str, Callable[[Row], Any]] = {
    "id": lambda row: row["id"],
    "": lambda row: -row["id"],
    "-amount": lambda row: (-Decimal(row["amount"]), -row["id"]),
}


@dataclass
class World:
    """The sandbox's rows, changed by others. `moments`: when, and what a plain filter then gave."""

    sandbox: Sandbox
    dice: random.Random
    fits: Callable[[Row], bool]
    touched: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    added: list[int] = field(default_factory=list)
    turned: list[int] = field(default_factory=list)
    moments: list[tuple[datetime, list[Row]]] = field(default_factory=list)

    def note(self) -> None:
        self.moments.append((datetime.now(UTC), list(filter(self.fits, self.sandbox.rows(ACME)))))

    def act(self) -> None:
        with closing(sqlite3.connect(self.sandbox.file, timeout=20)) as file, file:
            self.dice.choice((self.move, self.move, self.reprice, self.add, self.hit, self.block))(file)
        self.note()

    def some_row(self, file: sqlite3.Connection) -> int:
        number = int(self.dice.choice(self.moments[0][1] or self.sandbox.rows(ACME))["id"])
        row = file.execute(
            "select status, amount, processing_issue_statuses, updated_at from sandbox_investment where id = ?",
            (number,),
        ).fetchone()
        self.touched.setdefault(number, row)
        return number

    def move(self, file: sqlite3.Connection) -> None:
        self.set(file, "status", self.dice.choice(STATUSES))

    def reprice(self, file: sqlite3.Connection) -> None:
        self.set(file, "amount", self.dice.choice((100, 899.5, 901, 6000)))

    def set(self, file: sqlite3.Connection, name: str, value: object) -> None:
        file.execute(
            f"update sandbox_investment set {name} = ?, updated_at = ? where id = ?",  # noqa: S608 - our own names
            (value, stamp(), self.some_row(file)),
        )

    def block(self, file: sqlite3.Connection) -> None:
        """Nothing says that `updated_at` moves with it."""
        codes = self.dice.choice(("", "kyc_failed"))
        number = self.some_row(file)
        file.execute("update sandbox_investment set processing_issue_statuses = ? where id = ?", (codes, number))

    def hit(self, file: sqlite3.Connection) -> None:
        number = self.some_row(file)
        file.execute("update sandbox_watchlistentity set has_hits = not has_hits where investment_id = ?", (number,))
        self.turned.append(number)

    def add(self, file: sqlite3.Connection) -> None:
        columns = [row[1] for row in file.execute("pragma table_info(sandbox_investment)") if row[1] != "id"]
        named = ", ".join(columns)
        new = file.execute(
            f"insert into sandbox_investment ({named}) select {named} from sandbox_investment where id = ?",  # noqa: S608
            (self.some_row(file),),
        ).lastrowid
        file.execute(
            "update sandbox_investment set updated_at = ?, reference_id = ? where id = ?", (stamp(), f"N-{new}", new)
        )
        self.added.append(int(new or 0))

    def undo(self) -> None:
        with closing(sqlite3.connect(self.sandbox.file, timeout=20)) as file, file:
            for number, row in self.touched.items():
                file.execute(
                    "update sandbox_investment set status = ?, amount = ?, processing_issue_statuses = ?, updated_at = ? "
                    "where id = ?",
                    (*row, number),
                )
            for number in self.added:
                file.execute("delete from sandbox_investment where id = ?", (number,))
            for number in self.turned:
                file.execute(
                    "update sandbox_watchlistentity set has_hits = not has_hits where investment_id = ?", (number,)
                )


def stamp() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"


def written(row: Row) -> list[str]:
    return [row["reference_id"], str(row["id"]), row["status"], row["amount"], row["processing_issue_statuses"]]


def file_rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))[1:]


@pytest.mark.parametrize("share", range(SHARES))
def test_a_file_is_a_plain_filter_or_says_that_it_is_not(ana: Person, sandbox: Sandbox, share: int) -> None:
    found = Counter(one(ana, sandbox, seed) for seed in range(share, RUNS, SHARES))
    assert found["complete while rows moved"] or RUNS < 5 * SHARES
    print(f"\n{sum(found.values())} files: {dict(found)}")  # noqa: T201 - for `make soak`


def one(ana: Person, sandbox: Sandbox, seed: int) -> str:
    dice = random.Random(seed)
    asked, order = dice.choice([*FILTERS]), dice.choice([*ORDERS])
    sandbox.reset()
    sandbox.state(page_size_cap=dice.choice((10, 25, 40)))
    world = World(sandbox, dice, FILTERS[asked])
    world.note()
    until, often = dice.randrange(5, 80), dice.choice((0.02, 0.1, 0.4))
    columns = f"cols=id,status,amount,processing_issue_statuses{f'&ordering={order}' if order else ''}"
    try:
        job, text = make(
            ana,
            lambda tick: world.act() if tick < until and dice.random() < often else None,
            f"?{asked}&{columns}",
            values="codes",
        )
    finally:
        world.undo()
    manifest = job.result["proof"]["manifest"]
    if not manifest["is_complete"]:
        assert manifest["incomplete_because"]
        return "incomplete, as they say"
    as_of = datetime.fromisoformat(manifest["as_of"])
    later = [rows for at, rows in world.moments if at > as_of]
    possible = [[rows for at, rows in world.moments if at <= as_of][-1], *later]
    by = ORDERS["id"] if manifest["order"].startswith("By ID") else ORDERS[order]
    dated = 4 if manifest["undated"] else None
    assert [row[:dated] for row in file_rows(text)] in [
        [written(row)[:dated] for row in sorted(rows, key=by)] for rows in possible
    ], seed
    return "complete while rows moved" if len(world.moments) > 1 else "complete, nothing moved"
