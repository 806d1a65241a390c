"""What a thread gives to others while it only waits: its connection to the database, its turn to compute.

Those who lend such things say how, at start; whoever is about to wait says `let_go()` or `with waiting():`.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

BEFORE_ANSWERS: list[Callable[[], None]] = []
"""What is given back before an answer is waited for, and taken anew when it is needed."""
WHILE_WAITING: "list[Callable[[], AbstractContextManager[None]]]" = []
"""What a wait is wrapped in."""


def let_go() -> None:
    for give_back in BEFORE_ANSWERS:
        give_back()


@contextmanager
def waiting() -> Iterator[None]:
    with ExitStack() as stack:
        for each in WHILE_WAITING:
            stack.enter_context(each())
        yield
