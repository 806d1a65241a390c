"""The overview after a pass: what a worker adds up, and the sandbox's rows, which a test may change."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.jobs import queue
from apps.jobs.models import Job
from apps.jobs.running import Runner
from apps.overview import passes
from apps.tenants.models import Tenant
from tests.stand_in import Sandbox


def begin(team: Tenant, *, is_whole: bool = True) -> Job:
    return queue.add(team, None, passes.KIND, {"is_whole": is_whole})


def work_off() -> None:
    runner = Runner({passes.KIND: passes.make})
    while runner.work_here():
        pass


def read_anew(team: Tenant, *, is_whole: bool = True) -> Job:
    """A pass from its beginning to its end."""
    job = begin(team, is_whole=is_whole)
    work_off()
    job.refresh_from_db()
    assert job.state == "done", job.result
    return job


def sql(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"


class Rows:
    """The sandbox's investments, changed behind the API's back. `quietly`: without a new `updated_at`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.file = sandbox.file

    def run(self, statement: str, *values: Any) -> None:
        with closing(sqlite3.connect(self.file, timeout=20)) as connection, connection:
            connection.execute(statement, values)

    def change(self, number: int, *, quietly: bool = False, **values: Any) -> None:
        given = values if quietly else {**values, "updated_at": sql(datetime.now(UTC))}
        columns = ", ".join(f"{name} = ?" for name in given)
        self.run(f"update sandbox_investment set {columns} where id = ?", *given.values(), number)  # noqa: S608

    def fact(self, number: int, name: str, value: str | None) -> None:
        """One of the fields that no filter knows."""
        self.run("update sandbox_investment set facts = json_set(facts, ?, ?) where id = ?", f"$.{name}", value, number)
        self.change(number)

    def delete(self, number: int) -> None:
        self.run("delete from sandbox_investment where id = ?", number)

    def add(self, like: int, number: int, created: datetime, **values: Any) -> None:
        """A new row that looks like another."""
        with closing(sqlite3.connect(self.file, timeout=20)) as connection, connection:
            connection.row_factory = sqlite3.Row
            row = dict(connection.execute("select * from sandbox_investment where id = ?", (like,)).fetchone())
            row |= {"id": number, "reference_id": f"N-{number}", "created_at": sql(created)}
            row |= {"updated_at": sql(datetime.now(UTC)), **values}
            places = ", ".join("?" * len(row))
            statement = f"insert into sandbox_investment ({', '.join(row)}) values ({places})"  # noqa: S608
            connection.execute(statement, [*row.values()])


@pytest.fixture
def rows(sandbox: Sandbox) -> Iterator[Rows]:
    """As they were before, when the test has ended."""
    with closing(sqlite3.connect(sandbox.file, timeout=20)) as file:
        before = file.execute("select * from sandbox_investment").fetchall()
    yield Rows(sandbox)
    with closing(sqlite3.connect(sandbox.file, timeout=20)) as file, file:
        file.execute("delete from sandbox_investment")
        file.executemany(f"insert into sandbox_investment values ({', '.join('?' * len(before[0]))})", before)  # noqa: S608
