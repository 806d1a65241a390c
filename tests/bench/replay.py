"""An upstream that costs nothing: bytes recorded from the sandbox, sent after a fixed latency, over kept connections.

`python replay.py PORT FOLDER`: the folder holds one file for each path and page size. `/latency/MS` changes the latency.
"""

import asyncio
import re
import sys
from pathlib import Path


class Replay:
    def __init__(self, folder: Path) -> None:
        self.latency = 0.05
        self.calls = 0
        self.bodies = {file.name: self.answer(file.read_bytes()) for file in folder.iterdir()}

    def answer(self, body: bytes) -> bytes:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def named(self, target: str) -> bytes:
        path = target.split("?")[0].strip("/").replace("/", "-")
        size = re.search(r"page_size=(\d+)", target)
        return (
            self.bodies.get(f"{path}-{size[1] if size else 25}") or self.bodies.get(path) or self.bodies[f"{path}-25"]
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                target = head.split(b" ", 2)[1].decode()
                if length := re.search(rb"content-length: (\d+)", head, re.IGNORECASE):
                    await reader.readexactly(int(length[1]))
                if target.startswith("/latency/"):
                    self.latency = int(target.rpartition("/")[2]) / 1000
                    writer.write(self.answer(str(self.calls).encode()))
                    continue
                self.calls += 1
                await asyncio.sleep(self.latency)
                writer.write(self.named(target))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def main(port: int, folder: Path) -> None:
    server = await asyncio.start_server(Replay(folder).serve, "127.0.0.1", port, backlog=256)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
