"""How a pass asks: many calls at once, each answered by a page or a count."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings

from apps.listing import SIZE, Pages, Tick, Walk
from apps.upstream.issuance.client import Page

from .ledger import Ledger
from .windows import Window

MARGIN = timedelta(minutes=5)
"""The API's clock and its database's may differ, and a transaction may end late."""
Counted = tuple[Ledger, Window]


@dataclass
class Asking:
    """`size`: rows that the API really gives in a page."""

    tick: Tick
    size: int = SIZE

    def ask(self, each: Walk, sent: Mapping[str, str], page: int = 1, size: int = SIZE) -> Pages:
        return Pages(replace(each, filters=sent, size=size), self.tick, page)

    def count(self, each: Walk, sent: Mapping[str, str]) -> int:
        page = self.ask(each, sent, size=1).only()
        return page.count if page else 0

    def counted(self, windows: Iterable[Counted]) -> Iterator[int]:
        """How many rows each has."""
        for _, page in in_parallel((ledger, self.ask(ledger.walk, window.sent, size=1)) for ledger, window in windows):
            yield page.count if page else 0

    def each_window(self, todo: Sequence[tuple[Counted, int]]) -> Iterator[tuple[int, Iterator[Page]]]:
        """The place of each window that has rows, with its pages, to be read to the end before the next. `todo`: windows, each
        with its count."""

        def asked() -> Iterator[tuple[int, Pages]]:
            for place, ((ledger, window), count) in enumerate(todo):
                for number in range(1, -(-count // self.size) + 1):
                    yield place, self.ask(ledger.walk, window.sent, number)

        for place, answers in groupby(in_parallel(asked()), lambda each: each[0]):
            (ledger, window), _ = todo[place]
            yield place, self.pages_of(ledger, window, (page for _, page in answers))

    def pages_of(self, ledger: Ledger, window: Window, pages: Iterable[Page | None]) -> Iterator[Page]:
        """Where rows were added, or the API gives fewer at once than it was asked for, there are more pages than were
        planned."""
        number, is_last = 0, True
        for number, page in enumerate(pages, 1):  # noqa: B007 - it is gone on with below
            if page:
                is_last = page.is_last
                self.size = page.sent if not is_last and page.sent else self.size
                yield page
        while not is_last:
            number += 1
            page = self.ask(ledger.walk, window.sent, number).only()
            is_last = page is None or page.is_last or not page.sent
            if page:
                yield page


def in_parallel(asked: "Iterable[tuple[Any, Pages]]") -> "Iterator[tuple[Any, Page | None]]":
    """What each was asked for, in order, EXPORTS_WINDOW calls at once."""
    under_way = deque[tuple[Any, Pages]]()
    for mark, pages in asked:
        under_way.append((mark, pages.begun()))
        if len(under_way) >= settings.EXPORTS_WINDOW:
            first, answer = under_way.popleft()
            yield first, answer.only()
    for mark, answer in under_way:
        yield mark, answer.only()


def since(page: Page | None, began: datetime) -> str:
    """From when on a change may be missing where this was the first page, by the API's clock."""
    at = page.at if page else began
    told = page.api_time if page and page.api_time else at
    return (told - (at - began) - MARGIN).isoformat()
