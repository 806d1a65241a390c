"""The differences between two texts, by words of the Markdown source.

Lines are compared first, so that long texts stay quick, then the words within them. Comparing costs up to the cube of a
text's length, so each page has a budget for it; what exceeds the budget is shown as removed and added, and the page
says so.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from html import escape
from itertools import accumulate, islice

from django.utils.safestring import SafeString, mark_safe

LINES = re.compile(r"[^\n]*\n\s*|[^\n]+")
WORDS = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
"""Blanks and blank lines belong to what stands before them: alone they would all look alike, which makes comparing slow."""
Opcode = tuple[str, int, int, int, int]
MOST_COMPARISONS = 2_000_000
"""Of a whole page: half a second, on a busy machine one."""
MOST_PARTS = 20_000
"""More lines or words than that are not even taken apart."""
TOO_MANY = "There are too many differences to mark, so both texts are shown in full."
IN_PART = "Some passages have too many differences to mark word by word. They’re shown in full, before and after."


class Spent(Exception):
    """A comparison would exceed the budget."""


@dataclass(slots=True)
class Comparisons:
    """The comparison budget of a page, shared by all its redlines."""

    left: int = MOST_COMPARISONS

    def take(self, steps: int) -> None:
        """Raises Spent."""
        if steps > self.left:
            raise Spent
        self.left -= steps


class Matcher(SequenceMatcher[str]):
    """Announces the greatest cost of each of its searches beforehand: each part with each of its equals. Raises
    Spent."""

    def __init__(self, first: Sequence[str], second: Sequence[str], comparisons: Comparisons) -> None:
        comparisons.take(len(first) + len(second))
        super().__init__(None, first, second, autojunk=False)
        there = Counter(second)
        self.costs = [0, *accumulate(there[part] + 1 for part in first)]
        self.comparisons = comparisons

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        self.comparisons.take(self.costs[-1 if ahi is None else ahi] - self.costs[alo])
        return super().find_longest_match(alo, ahi, blo, bhi)


@dataclass(frozen=True, slots=True)
class Redline:
    """`note`: what a reader must know about the marks, "" if each difference is marked."""

    html: SafeString
    note: str = ""


def redline(before: str, after: str, comparisons: Comparisons | None = None) -> Redline:
    """Puts `<del>` and `<ins>` around what was removed and added; everything else is escaped as it is."""
    comparisons, missed = comparisons or Comparisons(), set[str]()

    def by_words(old: str, new: str) -> Iterator[str]:
        return compared(old, new, WORDS, changed, comparisons, lambda: missed.add(IN_PART))

    parts = list(compared(before, after, LINES, by_words, comparisons, lambda: missed.add(TOO_MANY)))
    note = next((words for words in (TOO_MANY, IN_PART) if words in missed), "")
    return Redline(mark_safe("".join(parts)), note)  # noqa: S308 - escaped part by part


def compared(
    before: str, after: str, part: re.Pattern[str], differing: Callable[[str, str], Iterator[str]], comparisons: Comparisons,
    missed: Callable[[], None],
) -> Iterator[str]:  # fmt: skip
    """Skips what both texts begin and end with: a single edit in a long text costs next to nothing."""
    head, tail = alike(before, after, "\n" if part is LINES else " ")
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    yield escape(before[:head])
    if not old or not new:
        yield from changed(old, new)
    else:
        try:
            first, second = parts_of(old, part), parts_of(new, part)
            opcodes = Matcher(first, second, comparisons).get_opcodes()
        except Spent:
            missed()
            yield from changed(old, new)
        else:
            yield from marked(first, second, opcodes, differing)
    yield escape(before[len(before) - tail :])


def parts_of(text: str, part: re.Pattern[str]) -> list[str]:
    """Raises Spent."""
    found = [each[0] for each in islice(part.finditer(text), MOST_PARTS + 1)]
    if len(found) > MOST_PARTS:
        raise Spent
    return found


def alike(first: str, second: str, end: str) -> tuple[int, int]:
    """How many characters of whole lines, or words, both begin with, and how many of the rest both end with."""
    most = min(len(first), len(second))
    if first == second:
        return most, 0
    head = greatest(most, lambda size: first.startswith(second[:size]))
    head = first.rfind(end, 0, head) + 1
    tail = greatest(most - head, lambda size: first.endswith(second[len(second) - size :]))
    whole = first.find(end, len(first) - tail)
    return head, len(first) - whole - 1 if whole >= 0 else 0


def greatest(most: int, holds: Callable[[int], bool]) -> int:
    """The greatest size up to `most` for which it holds, if it holds for every smaller one."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if holds(middle) else (least, middle - 1)
    return least


def marked(
    first: Sequence[str],
    second: Sequence[str],
    opcodes: Sequence[Opcode],
    differing: Callable[[str, str], Iterator[str]],
) -> Iterator[str]:
    for kind, a, b, c, d in opcodes:
        old, new = "".join(first[a:b]), "".join(second[c:d])
        if kind == "equal":
            yield escape(old)
        else:
            yield from differing(old, new) if old and new else changed(old, new)


def changed(went: str, came: str) -> Iterator[str]:
    if went:
        yield f"<del>{escape(went)}</del>"
    if came:
        yield f"<ins>{escape(came)}</ins>"
