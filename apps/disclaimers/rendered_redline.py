"""The differences between two texts as investors read them: the newer one rendered, with the words that came and went
marked in it.

Structure is always that of the newer text. A run of blocks where the older one's words have no place in it is shown
twice, before and after. What changes without a word, such as a link's address, is left to the source, and said.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from django.utils.safestring import SafeString

from . import rendering
from .redline import IN_PART, MOST_PARTS, Comparisons, Matcher, Opcode, Spent
from .rendering import LIVE_BYTES, View
from .strapi.budget import Budget, TooMuchWork
from .strapi.sanitizing import VOID

PART = re.compile(r'<(?:[^>"]|"[^"]*")*>|(?:&#?\w+;|\w+|[^\w\s<])\s*|\s+', re.DOTALL)
"""Of cleaned HTML: a tag, a word or a sign with the blanks behind it, or blanks."""
NAME = re.compile(r"</?([a-z][a-z0-9]*)")
WITHOUT_TEXT = frozenset(["ul", "ol", "dl", "table", "thead", "tbody", "tfoot", "tr", "colgroup"])
"""Directly within these no text may stand."""
UNSEEN = "Formatting or a link’s address changed too. The source shows where."
MOST_BACK = 9
"""So many parts are looked at: what closes and opens around a word of a list or table is fewer."""
IDENTICAL = "Both versions have exactly the same text."
SAME = "Both versions read the same. The changes are in the source only."


class NoPlace(Exception):
    """What went has no place in the newer structure."""


@dataclass(slots=True)
class Tally:
    """`added`, `removed`: passages; `has_unseen`: something changed without a word."""

    added: int = 0
    removed: int = 0
    has_unseen: bool = False
    is_in_part: bool = False

    def note(self) -> str:
        if not (self.added or self.removed or self.has_unseen):
            return SAME
        return " ".join(filter(None, [IN_PART if self.is_in_part else "", UNSEEN if self.has_unseen else ""]))


@dataclass(frozen=True, slots=True)
class RenderedRedline:
    """`note`: what the marks don't show, "" if nothing."""

    html: SafeString
    note: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Parts:
    """Tags and words of a run of blocks; `within`: the element each stands in, "" for none. `keys`: what is compared:
    outside of `pre`, one blank is as good as many."""

    parts: Sequence[str]
    within: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        open_: list[str] = []
        for part in self.parts:
            self.within.append(open_[-1] if open_ else "")
            self.keys.append(part if "pre" in open_ or part[0] == "<" else re.sub(r"\s+", " ", part))
            if opens(part):
                open_.append(name_of(part))
            elif part.startswith("</") and open_:
                open_.pop()


def of_texts(before: str, after: str, view: View, budget: Budget, comparisons: Comparisons) -> RenderedRedline | None:
    """None where a text takes too long to render, or there are too many differences to look for."""
    if max(len(before), len(after)) > LIVE_BYTES:
        return None
    try:
        newer = rendering.bare(after, view, budget)
        if before == after:
            return RenderedRedline(rendering.safe(newer), IDENTICAL, 0, 0)
        return rendered_redline(rendering.bare(before, view, budget), newer, comparisons)
    except (Spent, TooMuchWork, RecursionError):
        return None


def rendered_redline(before: str, after: str, comparisons: Comparisons) -> RenderedRedline:
    """`before`, `after`: HTML from `rendering.bare`. Raises Spent."""
    tally, old, new = Tally(), blocks(before), blocks(after)
    opcodes = Matcher(["".join(each) for each in old], ["".join(each) for each in new], comparisons).get_opcodes()
    shown = "".join(part for opcode in opcodes for part in run(opcode, old, new, comparisons, tally))
    return RenderedRedline(rendering.safe(shown), tally.note(), tally.added, tally.removed)


def blocks(html: str) -> list[list[str]]:
    """The parts of each top-level block. Raises Spent."""
    found: list[list[str]] = [[]]
    depth = 0
    for number, part in enumerate(PART.finditer(html)):
        if number >= MOST_PARTS:
            raise Spent
        found[-1].append(part[0])
        depth += opens(part[0]) - part[0].startswith("</")
        if depth == 0 and part[0][0] == "<":
            found.append([])
    return [each for each in found if each]


def opens(part: str) -> bool:
    return part[0] == "<" and part[1] != "/" and name_of(part) not in VOID


def name_of(tag: str) -> str:
    found = NAME.match(tag)
    return found[1] if found else ""


def run(
    opcode: Opcode, old: list[list[str]], new: list[list[str]], comparisons: Comparisons, tally: Tally
) -> Iterator[str]:
    """One run of blocks, the same in both or not."""
    kind, a, b, c, d = opcode
    went, came = (
        Parts([part for block in old[a:b] for part in block]),
        Parts([part for block in new[c:d] for part in block]),
    )
    if kind == "equal":
        yield from came.parts
        return
    try:
        tried = Tally()
        yield from list(merged(went, came, comparisons, tried))
    except (NoPlace, Spent) as why:
        tried = Tally(added=1, removed=1, is_in_part=isinstance(why, Spent))
        yield from mark("del", went.parts)
        yield from mark("ins", came.parts)
    tally.added, tally.removed = tally.added + tried.added, tally.removed + tried.removed
    tally.has_unseen |= tried.has_unseen
    tally.is_in_part |= tried.is_in_part


def merged(went: Parts, came: Parts, comparisons: Comparisons, tally: Tally) -> Iterator[str]:
    """The newer run with the older one's words in it. Raises NoPlace, Spent."""
    for kind, a, b, c, d in slid(Matcher(went.keys, came.keys, comparisons).get_opcodes(), went):
        old, new = went.parts[a:b], came.parts[c:d]
        if kind == "equal" or worded(old) == worded(new):
            tally.has_unseen |= kind != "equal" and tags(old) != tags(new)
            yield from new
            continue
        here = came.within[c] if c < len(came.within) else ""
        if not new and is_balanced(old) and went.within[a] == here:
            yield from mark("del", old)
        else:
            if worded(old) and here in WITHOUT_TEXT:
                raise NoPlace
            yield from mark("del", [part for part in old if reads(part)])
            tally.has_unseen |= tags(old) != tags(new) and (bool(old) or not is_balanced(new))
        yield from mark("ins", new)
        tally.removed += bool(worded(old))
        tally.added += bool(worded(new))


def slid(opcodes: Sequence[Opcode], went: Parts) -> list[Opcode]:
    """`b</li><li>` of `<li>b</li><li>c` is as well `<li>b</li>`: what went is moved back to where it is whole."""
    found: list[Opcode] = []
    for kind, a, b, c, d in opcodes:
        back = 0
        if kind == "delete" and found:
            last, first = found[-1], found[-1][1]
            while not is_balanced(went.parts[a - back : b - back]):
                if a - back == first or back == MOST_BACK or went.keys[a - back - 1] != went.keys[b - back - 1]:
                    back = 0
                    break
                back += 1
            found[-1] = (last[0], first, last[2] - back, last[3], last[4] - back)
        found.append((kind, a - back, b - back, c - back, d - back))
        if back:
            found.append(("equal", b - back, b, c - back, c))
    return found


def is_balanced(parts: Sequence[str]) -> bool:
    depth = 0
    for part in parts:
        depth += opens(part) - part.startswith("</")
        if depth < 0:
            return False
    return depth == 0


def reads(part: str) -> bool:
    """Whether it is seen by itself: a word, a sign or an image."""
    return part.startswith("<img") or (part[0] != "<" and not part.isspace())


def worded(parts: Sequence[str]) -> list[str]:
    return [part.strip() for part in parts if reads(part)]


def tags(parts: Sequence[str]) -> list[str]:
    return [part for part in parts if part[0] == "<" and not reads(part)]


def mark(name: str, parts: Sequence[str]) -> Iterator[str]:
    """Tags as they are, each run of words between them within `<ins>` or `<del>`."""
    for is_tag, some in groupby(parts, lambda part: part[0] == "<" and not part.startswith("<img")):
        text = "".join(some)
        yield text if is_tag or text.isspace() else f"<{name} data-mark>{text}</{name}>"
