"""Pages of a list in their order, several of them under way at once. One that fails delays itself alone."""

import time
from collections import deque
from collections.abc import Callable, Iterator

import structlog

from apps.listing import SIZE, Walk
from apps.upstream import errors
from apps.upstream.issuance.client import Answer, Page
from apps.upstream.limits import OBEYED, UNSAID

log = structlog.get_logger("exports")
WINDOW = 8
"""Calls at once. Half of them after a 429, and one more again with each page that comes."""
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
    that will not come by asking again."""

    def __init__(self, walk: Walk, tick: Tick, first: int = 1) -> None:
        self.walk, self.tick, self.first = walk, tick, first
        self.window, self.last = 1, first
        self.under_way: deque[tuple[int, Answer[Page]]] = deque()

    def __iter__(self) -> Iterator[tuple[int, Page]]:
        following = self.first
        while True:
            while len(self.under_way) < self.window and following <= self.last:
                self.under_way.append((following, self.walk.ask(following)))
                following += 1
            asked, answer = self.under_way.popleft()
            page = self.patiently(asked, answer)
            if page is None:
                return
            yield asked, page
            if page.is_last or not page.sent or asked > self.promised(page) + MOST_BEYOND:
                return
            self.last = max(asked + 1, self.promised(page))
            self.window = min(WINDOW, self.window + 1) if asked > self.first else WINDOW

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
