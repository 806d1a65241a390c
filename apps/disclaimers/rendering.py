"""From a text to HTML that is safe on our pages: one function for preview, history, redline and audit log.

The page adds attributes only: elements and text are those of the engine, less what could run or load something.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it.token import Token

from . import cleaning, markdown
from .strapi.budget import Budget, TooMuchWork
from .strapi.sanitizing import sanitized

LIVE_BYTES = 200_000
"""Up to here a text is previewed while it is typed, and compared in both views; larger ones are shown on request."""
MOST_BYTES = 1_048_576
TOO_LARGE = "This text is over Tokeny’s size limit, so it can’t be previewed."
TOO_LONG = "This text takes too long to render, so it can’t be previewed."


class View(StrEnum):
    PLAIN = "plain"
    TOKENY = "tokeny"


@dataclass(frozen=True, slots=True)
class Work:
    """A text in a view, with its remaining time."""

    text: str
    view: View
    budget: Budget = field(compare=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of top-level blocks that cannot be separated: its first line, the line after its last, and its HTML before
    cleaning."""

    first: int
    last: int
    html: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """`differences`: first line and reason of each block that the other view shows differently; `is_compared`: whether
    there was time to look for them."""

    html: SafeString
    differences: list[tuple[int, str]]
    is_compared: bool = True


ENGINES = {View.PLAIN: markdown.plain(), View.TOKENY: markdown.tokenys()}
KEEPS = {View.PLAIN: cleaning.keeps_plain, View.TOKENY: cleaning.keeps}
REASONS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), reason)
    for pattern, reason in (
        (r"(?i)\(\\?(?:c|r|tm|p)\\?\)|\+-", "Tokeny’s editor turns (c), (r), (tm), (p), and +- into symbols"),
        (r"[\"']|&quot;", "Tokeny’s editor changes straight quotes to curly quotes"),
        (r"--|\.\.\.|\?\?\?\?|!!!!|,,", "Tokeny’s editor combines dashes, dots, and repeated punctuation"),
        (
            r"https?://|www\.|\b[\w-]+\.(?:com|org|net|io|gov|eu)\b|@\w",
            "Tokeny’s editor turns web addresses into links",
        ),
        (r":[\w+-]+:|(?:^|\W)[:;8]\\?-?[)(/DPpOo|]|</?3", "Tokeny’s editor turns this into an emoji"),
        (r"~[^~\s]+~|\^[^^\s]+\^", "Tokeny’s editor renders ~x~ as subscript and ^x^ as superscript"),
        (r"==|\+\+", "Tokeny’s editor highlights ==x== and underlines ++x++"),
        (r"^\s*\d+[.)]\s", "Tokeny’s editor numbers every list from 1"),
        (r"\]\([^)\s]+\s+[\"'(]|^\[[^\]]+\]:", "Tokeny’s editor drops the tooltip of a link"),
        (
            r"^\*\[|\[\^|\^\[|^:::|^:\s",
            "Tokeny’s editor supports abbreviations, footnotes, containers, and definition lists",
        ),
    )
)
UNEXPLAINED = "Standard Markdown and Tokeny’s editor render this block differently"


def html(text: str, view: View = View.PLAIN, budget: Budget | None = None) -> Rendered:
    """Never raises. A text that is too large, or that takes longer than `budget` (shared by the page), is refused in
    words."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        return Rendered(escape(TOO_LARGE), [])
    try:
        return marked(Work(text, view, budget or Budget()))
    except (TooMuchWork, RecursionError):
        return Rendered(escape(TOO_LONG), [])


def bare(text: str, view: View, budget: Budget) -> str:
    """Cleaned and without marks, for comparing. Raises TooMuchWork, RecursionError."""
    return cleaning.clean("".join(piece.html for piece in pieces(Work(text, view, budget))))


def safe(html: str) -> SafeString:
    """Cleaned, with a text's headings ranked below the page's own."""
    cleaned = re.sub(r"<h([1-6])(?=[ >])", below_the_pages_own, cleaning.clean(html))
    return mark_safe(cleaned)  # noqa: S308 - cleaned in the line above


def marked(work: Work) -> Rendered:
    lines, whole = work.text.split("\n"), ""
    made, differences, known = [], [], others(work)
    for piece in pieces(work):
        if known is None or piece in known:
            made.append(piece.html)
            continue
        reason = why("\n".join(lines[piece.first : piece.last]))
        if not reason:
            reason = whole = whole or why(work.text) or UNEXPLAINED
        differences.append((piece.first + 1, reason))
        made.append(re.sub(r"\A<[a-z][^ />]*", rf'\g<0> class="differs-here" title="{escape(reason)}"', piece.html))
    return Rendered(safe("".join(made)), differences, is_compared=known is not None)


def others(work: Work) -> set[Piece] | None:
    """What the other view shows; None if the text is so large that there is time for only one."""
    if len(work.text) > LIVE_BYTES:
        return None
    return set(pieces(Work(work.text, View.PLAIN if work.view is View.TOKENY else View.TOKENY, work.budget)))


def pieces(work: Work) -> list[Piece]:
    """Sanitized as a whole, since raw HTML may span blocks, and split where nothing is open."""
    tokens, env = parsed(work)
    engine, spans, raws = ENGINES[work.view], [], []
    for block in top_level(tokens):
        work.budget.step(len(block))
        maps = [token.map for token in block if token.map]
        spans.append((min((first for first, _ in maps), default=0), max((last for _, last in maps), default=0)))
        raws.append(str(engine.renderer.render(block, engine.options, env)))
    ends = list(accumulate(map(len, raws)))
    made, at = [], 0
    for end, safe in sanitized("".join(raws), work.budget, ends, KEEPS[work.view]):
        start = at
        while at < len(ends) and ends[at] <= end:
            at += 1
        inside = spans[start:at] or [(0, 0)]
        made.append(Piece(min(first for first, _ in inside), max(last for _, last in inside), safe))
    return made


@lru_cache(maxsize=2)
def parsed(work: Work) -> tuple[list[Token], dict[str, Any]]:
    """Cached briefly: rendering and warnings look at the same text one after the other."""
    env: dict[str, Any] = {"budget": work.budget}
    return ENGINES[work.view].parse(work.text, env), env


def top_level(tokens: list[Token]) -> Iterable[list[Token]]:
    """Runs of tokens that open and close at the same level."""
    start = depth = 0
    for place, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            yield tokens[start : place + 1]
            start = place + 1
    if start < len(tokens):
        yield tokens[start:]


def below_the_pages_own(found: re.Match[str]) -> str:
    """For screen readers, a text's headings rank below the page's own; `<` in attributes and text is escaped by now."""
    return f'{found[0]} aria-level="{min(6, int(found[1]) + 2)}"'


def why(source: str) -> str:
    """The reasons that show in this passage, "" if none does."""
    found = [reason for pattern, reason in REASONS if pattern.search(source)]
    return "; ".join(found)
