"""A limit on computation: rendering calls in at each step, and is stopped when its CPU time is spent."""

from collections.abc import Callable
from time import monotonic, thread_time
from typing import Any

from markdown_it import MarkdownIt

EVERY = 256
SECONDS, SHORT, PATIENCE = 1.2, 0.6, 1.5
"""Of the processor, for all that a page makes of a text: with the redline, a reader waits two at most."""


class TooMuchWork(Exception):
    """The text cannot be rendered in the time that a reader would wait."""


class Budget:
    """Limits this thread's CPU time and the elapsed time. On a busy machine, elapsed time stops nothing before `SHORT`
    seconds of work are done, so that short texts are always shown. A page's views and warnings share one."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.began, self.seconds = thread_time(), seconds
        self.late = monotonic() + seconds * PATIENCE
        self.steps = 0

    def step(self, steps: int = 1) -> None:
        self.steps += steps
        if self.steps >= EVERY:
            self.steps = 0
            worked = thread_time() - self.began
            if worked > self.seconds or (worked > SHORT and monotonic() > self.late):
                raise TooMuchWork


def counted(rule: Callable[..., Any], steps: int = 1) -> Callable[..., Any]:
    """Makes each call of an engine's rule count: its first argument is the state, which knows the budget."""

    def step(state: Any, *rest: Any) -> Any:
        state.env["budget"].step(steps)
        return rule(state, *rest)

    return step


def count_work(engine: MarkdownIt) -> None:
    """Rules that run once over the whole text check the time before each run. Of the inline rules, `text` is asked first
    at each place, and counts for all; an engine that asks others first counts for itself."""
    for ruler, steps in (
        (engine.block.ruler, 1), (engine.inline.ruler, 4), (engine.inline.ruler2, EVERY), (engine.core.ruler, EVERY),
    ):  # fmt: skip
        for rule in ruler.__rules__[:1] if ruler is engine.inline.ruler else ruler.__rules__:
            rule.fn = counted(rule.fn, steps)
        ruler.__cache__ = None
