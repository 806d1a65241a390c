"""What changed between two texts, by words of the source. Lines first, so that long texts stay quick; then words within."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from html import escape

from django.utils.safestring import SafeString, mark_safe

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
MOST_WORDS = 4_000
"""Words of a changed passage on both sides together; a longer one is shown as taken out and put in."""


def redline(before: str, after: str) -> SafeString:
    """`<del>` and `<ins>` around what went and came; everything else escaped as it stands."""
    first, second = before.splitlines(keepends=True), after.splitlines(keepends=True)
    parts: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        old, new = "".join(first[a:b]), "".join(second[c:d])
        parts += [escape(old)] if kind == "equal" else by_words(old, new)
    return mark_safe("".join(parts))  # noqa: S308 - escaped part by part


def by_words(old: str, new: str) -> Iterator[str]:
    first, second = WORDS.findall(old), WORDS.findall(new)
    if len(first) + len(second) > MOST_WORDS:
        yield from changed(old, new)
        return
    for kind, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        went, came = "".join(first[a:b]), "".join(second[c:d])
        if kind == "equal":
            yield escape(went)
        else:
            yield from changed(went, came)


def changed(went: str, came: str) -> Iterator[str]:
    if went:
        yield f"<del>{escape(went)}</del>"
    if came:
        yield f"<ins>{escape(came)}</ins>"
