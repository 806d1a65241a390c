"""An upstream whose investments were created one after another over the last 400 days, and of which one in a hundred can be
changed: `/latency/MS` sets the latency, `/change/` changes them.

`python -m tests.bench.dated PORT FOLDER ROWS`.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tests.bench.numbered import SIZE, Numbered

DAYS = 400


class Dated(Numbered):
    def __init__(self, folder: Path, rows: int) -> None:
        super().__init__(folder, rows)
        recorded = json.loads((folder / "api-investments-100").read_bytes())["results"]
        self.recorded = [row if "updated_at" in row else {**row, "updated_at": ""} for row in recorded]
        self.end, self.changed_at = datetime.now(UTC), ""
        self.step = timedelta(days=DAYS) / rows

    def named(self, target: str) -> bytes:
        if target.startswith("/change/"):
            self.changed_at = datetime.now(UTC).isoformat()
            return self.answer(b"{}")
        asked = dict(parse_qsl(urlsplit(target).query))
        if not target.startswith("/api/investments/?") or "page" not in asked:
            return super().named(target)
        first, last = self.place(asked.get("created_at__gte"), 0), self.place(asked.get("created_at__lte"), self.rows)
        numbers: range | list[int] = range(first, last)
        if {"updated_at__gte", "investor__type", "processing_issue_statuses__contains"} & asked.keys():
            is_changed = self.changed_at and "updated_at__gte" in asked
            numbers = [number for number in numbers if number % SIZE == 0] if is_changed else []
        size, page = int(asked["page_size"]), int(asked["page"])
        shown = numbers[(page - 1) * size : page * size]
        body = b",".join(map(self.row, shown))
        following = b'"more"' if page * size < len(numbers) else b"null"
        return self.answer(b'{"count":%d,"next":%s,"previous":null,"results":[%s]}' % (len(numbers), following, body))

    def place(self, moment: str | None, otherwise: int) -> int:
        """How many rows were created before."""
        if not moment:
            return otherwise
        before = DAYS * timedelta(days=1) - (self.end - datetime.fromisoformat(moment))
        return min(self.rows, max(0, -(-before // self.step)))

    def row(self, number: int) -> bytes:
        row = self.recorded[number % SIZE]
        if self.changed_at and number % SIZE == 0:
            row = {**row, "status": "approved", "updated_at": self.changed_at}
        return json.dumps({**row, "id": number + 1}, separators=(",", ":")).encode()


async def main(port: int, folder: Path, rows: int) -> None:
    server = await asyncio.start_server(Dated(folder, rows).serve, "127.0.0.1", port, backlog=256)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
