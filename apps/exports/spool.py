"""What was read for a file, page by page, beside it: enough to go on after a crash, to see what is another now, and to write
the file anew from any page on. It holds the file's own fields, is read by its owner alone, and goes when the file is there.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import msgspec

from apps.upstream.decode import Row, whole

from . import files

encode = msgspec.json.Encoder(decimal_format="number").encode
"""Digits as they were sent."""


@dataclass
class Reached:
    """How far a file is behind a page.

    `source`, `page`: of the last page; `read`: rows that came, of which `rows` are in the file; `offset`: the file's length;
    `last_id`: of its last row; `undecided`: rows whose values leave open whether they belong to it; `order`: as sent
    upstream; `since`: ISO, the API's time from which on a change may be missing; `read_from`: ISO, when the first page was asked for;
    `is_aligned`: whether the pages so far are the API's own; `pages`: in the spool; `writer`: its own.
    """

    order: str = "id"
    since: str = ""
    source: int = 0
    page: int = 0
    pages: int = 0
    read: int = 0
    rows: int = 0
    offset: int = 0
    last_id: int = -1
    is_ordered: bool = True
    is_aligned: bool = True
    read_from: str = ""
    broken: int = 0
    foreign: int = 0
    undecided: int = 0
    totals: dict[str, str] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    counts: dict[str, list[int]] = field(default_factory=dict)
    writer: dict[str, Any] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """A copy, which later pages do not change."""
        copied: dict[str, Any] = msgspec.json.decode(encode(self))
        return copied


class Entry(msgspec.Struct):
    """A page. `count`: what the API counted with it; `ids`: of its rows, -1 for none; `at`: behind it."""

    source: int
    page: int
    count: int
    broken: int
    foreign: int
    ids: list[int]
    rows: msgspec.Raw
    at: Reached


_read = msgspec.json.Decoder(Entry).decode


class Spool:
    def __init__(self, name: str) -> None:
        self.name = name
        self.file = files.create(name)
        self.starts: list[int] = []

    def __len__(self) -> int:
        return len(self.starts)

    def take(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            self.starts.append(self.file.tell())
            self.file.write(line)

    def add(self, entry: Entry) -> None:
        self.take([encode(entry) + b"\n"])

    def entries(self) -> Iterator[Entry]:
        self.file.flush()
        with files.path_of(self.name).open("rb") as lines:
            yield from map(_read, lines)

    def last(self, place: int) -> Reached | None:
        """Behind the page before that place."""
        if not place:
            return None
        self.file.flush()
        with files.path_of(self.name).open("rb") as lines:
            lines.seek(self.starts[place - 1])
            return _read(lines.readline()).at

    def cut(self, place: int) -> BinaryIO:
        """Takes away the pages from that place on; what is returned, a file without a name, holds them."""
        tail = tempfile.TemporaryFile(dir=files.folder())  # noqa: SIM115 - the caller's to close
        if place < len(self):
            self.file.flush()
            self.file.seek(self.starts[place])
            shutil.copyfileobj(self.file, tail)
            self.file.seek(self.starts[place])
            self.file.truncate()
            del self.starts[place:]
            tail.seek(0)
        return tail

    def close(self) -> None:
        self.file.close()


def entries_of(tail: BinaryIO) -> Iterator[Entry]:
    return map(_read, tail)


def id_of(row: Row) -> int:
    number = whole(row.get("id"))
    return -1 if number is None else number
