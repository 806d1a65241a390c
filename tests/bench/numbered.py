"""An upstream with as many investments as are wanted: the recorded rows again and again, each with an ID of its own.

`python -m tests.bench.numbered PORT FOLDER ROWS`. Nothing in it ever changes, so `updated_at__gte` finds nothing.
"""

import asyncio
import json
import re
import sys
from pathlib import Path

from tests.bench.replay import Replay

SIZE = 100
MARK = b"1234567890123456"


class Numbered(Replay):
    def __init__(self, folder: Path, rows: int) -> None:
        super().__init__(folder)
        self.rows = rows
        recorded = json.loads((folder / "api-investments-100").read_bytes())["results"]
        rows_with_mark = [json.dumps({**row, "id": int(MARK)}, separators=(",", ":")).encode() for row in recorded]
        self.parts = [tuple(row.split(MARK)) for row in rows_with_mark]

    def named(self, target: str) -> bytes:
        asked = dict(re.findall(r"[?&](page|page_size|updated_at__gte)=([^&]*)", target))
        if not target.startswith("/api/investments/?") or "page" not in asked:
            return super().named(target)
        if "updated_at__gte" in asked:
            return self.answer(self.page(0, 0, 0))
        size, page = int(asked["page_size"]), int(asked["page"])
        return self.answer(self.page(self.rows, (page - 1) * size, min(page * size, self.rows)))

    def page(self, count: int, first: int, last: int) -> bytes:
        rows = []
        for number in range(first, last):
            before, after = self.parts[number % SIZE]
            rows.append(b"%s%d%s" % (before, number + 1, after))
        following = b'"more"' if last < count else b"null"
        return b'{"count":%d,"next":%s,"previous":null,"results":[%s]}' % (count, following, b",".join(rows))


async def main(port: int, folder: Path, rows: int) -> None:
    server = await asyncio.start_server(Numbered(folder, rows).serve, "127.0.0.1", port, backlog=256)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
