"""Pages of a list in their order, several of them asked for ahead. One that fails delays itself alone."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Self

import structlog
from django.conf import settings

from apps.listing.fetch.walk import SIZE, Walk
from apps.upstream import errors
from apps.upstream.issuance.client import Answer, Page
from apps.upstream.limits import OBEYED, UNSAID

log = structlog.get_logger("listing")
TICK = 0.2
PATIENCE, PATIENCE_IF_UNREADABLE = 600.0, 10.0
"""Seconds for which a page that does not come, or that cannot be read, is asked for again."""
LONGEST_PAUSE = 30.0
MOST_BEYOND = 50
"""Pages past those that the count promises: an API that never says which is the last would be read for ever."""
PASSING = (errors.Unreachable, errors.Unanswered, errors.Failed, errors.Unreadable)
Tick = Callable[[], None]
"""Called a few times a second; raises to stop."""


class Pages:
    """Iterates over (number, page) from `first` to the last. Raises what a page raised that did not come in PATIENCE, or
    that will not come by asking again. `window`: calls at once; half of them after a 429, and one more again with each page
    that comes, up to EXPORTS_WINDOW. `last`: as far as is known, before the first page has said it."""

    def __init__(self, walk: Walk, tick: Tick, first: int = 1, last: int = 0) -> None:
        self.walk, self.tick, self.first = walk, tick, first
        self.window, self.last = settings.EXPORTS_WINDOW, max(first, last)
        self.under_way: deque[tuple[int, Answer[Page]]] = deque()

    def begun(self) -> Self:
        """The first page is asked for now."""
        self.under_way.append((self.first, self.walk.ask(self.first)))
        return self

    def only(self) -> Page | None:
        """The first page, and no other."""
        asked, answer = self.under_way.popleft() if self.under_way else (self.first, self.walk.ask(self.first))
        return self.patiently(asked, answer)

    def __iter__(self) -> Iterator[tuple[int, Page]]:
        following = self.fill(self.first + len(self.under_way))
        while self.under_way:
            asked, answer = self.under_way.popleft()
            page = self.patiently(asked, answer)
            if page is None:
                return
            is_end = page.is_last or not page.sent or asked > self.promised(page) + MOST_BEYOND
            self.last = asked if is_end else max(asked + 1, self.promised(page))
            self.window = min(settings.EXPORTS_WINDOW, self.window + 1)
            following = self.fill(following)  # the next is on its way while this one is written
            yield asked, page
            if is_end:
                return

    def fill(self, following: int) -> int:
        """Asks for pages as far as the window goes, from that one on; which is the next."""
        while len(self.under_way) < self.window and following <= self.last:
            self.under_way.append((following, self.walk.ask(following)))
            following += 1
        return following

    def promised(self, page: Page) -> int:
        """How many pages the count makes; the API may cap their size in silence."""
        return -(-page.count // max(1, page.sent if not page.is_last else SIZE))

    def patiently(self, number: int, answer: Answer[Page]) -> Page | None:
        """None past the end."""
        began, pause = time.monotonic(), 1.0
        while True:
            try:
                while not answer.is_there(TICK):
                    self.tick()
                self.tick()
                return self.walk.read(answer)
            except errors.Missing:
                if number == 1:
                    raise
                return None
            except errors.Throttled as error:
                wait = UNSAID if error.wait is None else error.wait
                if wait > OBEYED or time.monotonic() > began + PATIENCE:
                    raise
                self.window = max(1, self.window // 2)
                self.wait(wait + 0.1)
            except PASSING as error:
                patience = PATIENCE_IF_UNREADABLE if isinstance(error, errors.Unreadable) else PATIENCE
                if isinstance(error, errors.Insecure) or time.monotonic() + pause > began + patience:
                    raise
                log.info("a page is asked for again", page=number, failure=type(error).__name__)
                self.wait(pause)
                pause = min(LONGEST_PAUSE, pause * 2)
            answer = self.walk.ask(number)

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.tick()
            time.sleep(min(TICK, left))
