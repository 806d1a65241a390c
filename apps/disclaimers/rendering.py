"""From a text to HTML that may stand in our pages: one function for preview, history, redline and record.

Rendered block by block, cleaned by our own list, so that a block that differs between the two engines can be marked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.utils import EnvType

from . import markdown

LIVE_BYTES = 200_000
"""Up to here a text is previewed while it is typed; larger ones on request."""
MOST_BYTES = 1_048_576
TAGS = {
    "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "b", "em", "i", "u", "s", "del", "ins", "mark", "sub", "sup",
    "code", "pre", "blockquote", "ul", "ol", "li", "dl", "dt", "dd", "a", "abbr", "table", "thead", "tbody", "tr", "th", "td",
    "div", "span", "section", "small", "kbd", "q", "cite",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}, "ol": {"start"}, "th": {"scope"}, "td": {"colspan", "rowspan"}}
SCHEMES = {"http", "https", "mailto"}
DROPPED = {
    "script",
    "style",
    "svg",
    "math",
    "iframe",
    "object",
    "template",
    "noscript",
    "textarea",
    "title",
    "xmp",
    "select",
}


class View(StrEnum):
    PLAIN = "plain"
    TOKENY = "tokeny"


@dataclass(frozen=True, slots=True)
class Block:
    """A top-level block: its lines in the source, from the first to before the last, and its HTML, not yet cleaned."""

    first: int
    last: int
    raw: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """`differences`: first line, reason, of each block that the other view shows otherwise."""

    html: SafeString
    differences: list[tuple[int, str]]


ENGINES = {View.PLAIN: markdown.plain(), View.TOKENY: markdown.tokenys()}
REASONS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), reason)
    for pattern, reason in (
        (r"\((?:c|r|tm|p)\)|\+-", "Tokeny's editor turns (c), (r), (tm), (p) and +- into signs"),
        (r"[\"']", "Tokeny's editor makes straight quotes curly"),
        (r"--|\.\.\.|\?\?\?\?|!!!!|,,", "Tokeny's editor joins dashes, dots and repeated signs"),
        (r"https?://|www\.|\b[\w-]+\.(?:com|org|net|io|gov|eu)\b|@\w", "Tokeny's editor makes links of bare addresses"),
        (r":[\w+-]+:|(?:^|\W)[:;8]-?[)(/DPpOo|]|</?3", "Tokeny's editor makes emoji of such signs"),
        (r"~[^~\s]+~|\^[^^\s]+\^", "Tokeny's editor sets ~x~ low and ^x^ high"),
        (r"==|\+\+", "Tokeny's editor marks ==x== and underlines ++x++"),
        (r"^\*\[|\[\^|^:::|^:\s", "Tokeny's editor knows abbreviations, footnotes, containers and definition lists"),
    )
)


def html(text: str, view: View = View.PLAIN) -> Rendered:
    """Never raises for any text up to MOST_BYTES; a larger one is refused in words."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        return Rendered(escape("This text is larger than Tokeny takes, so it is not shown rendered."), [])
    shown, other = blocks(text, view), blocks(text, View.PLAIN if view is View.TOKENY else View.TOKENY)
    known = {(block.first, block.last, block.raw) for block in other}
    lines, whole = text.split("\n"), ""
    made, differences = [], []
    for block in shown:
        safe = clean(block.raw)
        if (block.first, block.last, block.raw) in known:
            made.append(safe)
            continue
        reason = why("\n".join(lines[block.first : block.last]))
        if not reason:
            reason = whole = whole or why(text) or UNEXPLAINED
        differences.append((block.first + 1, reason))
        made.append(f'<div class="differs-here" title="{escape(reason)}">{safe}</div>')
    return Rendered(mark_safe("\n".join(made)), differences)  # noqa: S308 - cleaned block by block


def blocks(text: str, view: View) -> list[Block]:
    tokens, env = parsed(text, view)
    return [block(ENGINES[view], some, env) for some in top_level(tokens)]


@lru_cache(maxsize=2)
def parsed(text: str, view: View) -> tuple[list[Token], dict[str, Any]]:
    """Kept for the moment: rendering and warnings look at the same text one after the other."""
    env: dict[str, Any] = {}
    return ENGINES[view].parse(text, env), env


def top_level(tokens: list[Token]) -> Iterable[list[Token]]:
    """Runs of tokens that open and close again at the same level."""
    start = depth = 0
    for place, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            yield tokens[start : place + 1]
            start = place + 1
    if start < len(tokens):
        yield tokens[start:]


def block(engine: MarkdownIt, tokens: list[Token], env: EnvType) -> Block:
    lines = [token.map for token in tokens if token.map]
    first, last = (min(line[0] for line in lines), max(line[1] for line in lines)) if lines else (0, 0)
    return Block(first, last, str(engine.renderer.render(tokens, engine.options, env)))


def clean(raw: str) -> str:
    """By our own list, and nothing is put in afterwards; a picture's alt text, host and link stand in its place before."""
    safe = nh3.clean(
        re.sub(r"<img\b([^>]*)>", in_place_of_picture, raw, flags=re.IGNORECASE),
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes={"span": {"picture"}},
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes=SCHEMES,
        clean_content_tags=DROPPED,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return re.sub(r"<(/?)h([1-6])>", lower_heading, safe)  # in attributes and text `<` is escaped by now


def lower_heading(found: re.Match[str]) -> str:
    """A text's headings stand below the page's own; the stylesheet shows them as large as they are meant."""
    level = int(found[2])
    return f"</h{min(6, level + 2)}>" if found[1] else f'<h{min(6, level + 2)} class="as-h{level}">'


def in_place_of_picture(found: re.Match[str]) -> str:
    """HTML that is still to be cleaned."""
    source = re.search(r"""\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", found[1], re.IGNORECASE)
    label = re.search(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)')""", found[1], re.IGNORECASE)
    address = unescape(next((part for part in source.groups() if part), "") if source else "")
    words = unescape(next((part for part in label.groups() if part), "") if label else "") or "without words"
    host = host_of(address)
    if not host:
        return f'<span class="picture">Picture: {escape(words)}</span>'
    link = f'<a href="{escape(address)}">{escape(host)}</a>'
    return f'<span class="picture">Picture, not loaded here: {escape(words)} ({link})</span>'


def host_of(address: str) -> str:
    """ "" for what is no http address."""
    try:
        parts = urlsplit(address)
        return (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


UNEXPLAINED = "The two engines read this block differently"


def why(source: str) -> str:
    """The reasons that show in this passage, "" where none does."""
    found = [reason for pattern, reason in REASONS if pattern.search(source)]
    return "; ".join(found)
