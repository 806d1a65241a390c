"""Preserves a text's line endings through a form, since browsers turn every CR and CRLF into one kind."""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Sequence

END = re.compile(r"(\r\n|\r|\n)")


def keep_ends(text: str, before: str) -> str:
    """Returns the text, whose lines all end in LF, with the endings that its unchanged lines had before; new lines get
    the most common ending. So a text keeps every byte that no one touched. Takes one pass, whatever the texts: the
    unchanged beginning and end keep their endings; between them, where the edit is, a line is recognized by its words,
    the second of two equal lines as the second."""
    if "\r" not in before:
        return text
    parts = END.split(before)
    old, old_ends, new = parts[::2], [*parts[1::2], ""], text.split("\n")
    usual = Counter(parts[1::2]).most_common(1)[0][0]
    head, tail = unchanged(old, new)
    known: defaultdict[str, deque[str]] = defaultdict(deque)
    for line, end in zip(old[head : len(old) - tail], old_ends[head:], strict=False):
        known[line].append(end)
    edited = [known[line].popleft() if known[line] else "" for line in new[head : len(new) - tail]]
    kept = [*old_ends[:head], *edited, *old_ends[len(old) - tail :]]
    ends = [end or usual for end in kept[:-1]] + [""]  # the last line ends with the text
    return "".join(line + end for line, end in zip(new, ends, strict=True))


def unchanged(first: Sequence[str], second: Sequence[str]) -> tuple[int, int]:
    """How many parts both texts begin with, and how many of the rest both end with."""
    most = min(len(first), len(second))
    head = next((place for place in range(most) if first[place] != second[place]), most)
    rest = most - head
    tail = next((place for place in range(rest) if first[-1 - place] != second[-1 - place]), rest)
    return head, tail
