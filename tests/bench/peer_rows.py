"""The rows of `peers`: the sandbox's own, as one table of SQLite."""

import json
import sqlite3
from pathlib import Path

from tests.bench import measure
from tests.bench.sites import KEY
from tests.stand_in import Sandbox

COLUMNS = (
    "id", "name", "status", "amount", "shares", "offering", "investor_type", "payment_method", "created_at", "updated_at",
)  # fmt: skip


def write(file: Path, rows: int) -> None:
    sandbox = Sandbox(file.parent, rows)
    table = sqlite3.connect(file)
    table.execute("PRAGMA journal_mode=WAL")
    table.execute(
        f"CREATE TABLE investments (id INTEGER PRIMARY KEY, {', '.join(f'{name} TEXT' for name in COLUMNS[1:])})"
    )
    target = "/api/investments/?ordering=-id&page=1&page_size=100"
    try:
        while target:
            body = measure.fetch(sandbox.port, target, {"Authorization": f"Api-Key {sandbox.key(KEY)}"})
            page = json.loads(body)
            for row in page["results"]:
                held = [row.get(name) if name == "id" else str(row.get(name)) for name in COLUMNS]
                table.execute(f"INSERT INTO investments VALUES ({', '.join('?' * len(COLUMNS))})", held)  # noqa: S608 - question marks
            target = (page["next"] or "").partition(f":{sandbox.port}")[2]
    finally:
        sandbox.stop()
    table.commit()
    table.close()
