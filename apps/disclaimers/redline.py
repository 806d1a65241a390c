"""What changed between two texts, by words of the source. Lines first, so that long texts stay quick; then words within."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from html import escape

from django.utils.safestring import SafeString, mark_safe

LINES = re.compile(r"[^\n]*\n\s*|[^\n]+")
WORDS = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
"""Blanks and blank lines belong to what stands before them: alone they would all look alike, which makes comparing slow."""
MOST_COMPARISONS = 20_000_000
"""About a second. Beyond it a passage is shown as taken out and put in."""


def redline(before: str, after: str) -> SafeString:
    """`<del>` and `<ins>` around what went and came; everything else escaped as it stands."""
    parts = compared(LINES.findall(before), LINES.findall(after), by_words)
    return mark_safe("".join(parts))  # noqa: S308 - escaped part by part


def by_words(old: str, new: str) -> Iterator[str]:
    return compared(WORDS.findall(old), WORDS.findall(new), changed)


def compared(
    first: Sequence[str], second: Sequence[str], differing: Callable[[str, str], Iterator[str]]
) -> Iterator[str]:
    if is_costly(first, second):
        yield from changed("".join(first), "".join(second))
        return
    for kind, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        old, new = "".join(first[a:b]), "".join(second[c:d])
        if kind == "equal":
            yield escape(old)
        else:
            yield from differing(old, new) if old and new else changed(old, new)


def is_costly(first: Sequence[str], second: Sequence[str]) -> bool:
    """By what the matcher would compare at worst: each pair of equals, once for each division of the shorter side."""
    there = Counter(second)
    pairs = sum(number * there[part] for part, number in Counter(first).items())
    return pairs * min(len(first), len(second)) > MOST_COMPARISONS


def changed(went: str, came: str) -> Iterator[str]:
    if went:
        yield f"<del>{escape(went)}</del>"
    if came:
        yield f"<ins>{escape(came)}</ins>"
