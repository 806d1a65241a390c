"""What is likely not meant in a text, each with its line: said while writing, and to whoever approves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from markdown_it.token import Token

from .rendering import View, host_of, parsed

MOST = 100


@dataclass(frozen=True, slots=True)
class Remark:
    line: int
    sentence: str


CHANGED = re.compile(r"\((c|r|tm|p)\)", re.IGNORECASE)
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
UNSEEN = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{BIDI}]")


def warnings(text: str) -> list[Remark]:
    """In the order of lines, 100 at most."""
    found = [*of_characters(text), *of_line_ends(text), *of_tokens(text), *of_typography(text)]
    return sorted(found, key=lambda each: each.line)[:MOST]


def of_characters(text: str) -> Iterator[Remark]:
    for match in UNSEEN.finditer(text):
        line, code = text.count("\n", 0, match.start()) + 1, f"U+{ord(match[0]):04X}"
        if match[0] in BIDI:
            words = f"A sign that turns the reading direction ({code}): what is read may not be what is written."
        else:
            error = ", and which Tokeny answers with an error" if match[0] == "\0" else ""
            words = f"A control character ({code}), which nobody sees{error}."
        yield Remark(line, words)


def of_line_ends(text: str) -> Iterator[Remark]:
    windows, all_ends = text.count("\r\n"), text.count("\n")
    if windows and windows < all_ends:
        first = next(number for number, line in enumerate(text.split("\n"), 1) if line.endswith("\r"))
        yield Remark(first, f"Line ends are mixed: {windows} of {all_ends} are Windows' own.")


def of_tokens(text: str) -> Iterator[Remark]:
    for token in parsed(text, View.PLAIN)[0]:
        line = token.map[0] + 1 if token.map else 1
        if token.type == "ordered_list_open" and str(token.attrGet("start") or 1) != "1":
            yield Remark(line, f"This list starts at {token.attrGet('start')}, which other renderers may count from 1.")
        if token.type == "html_block" and "<img" in token.content.lower():
            yield Remark(
                line, "A picture from elsewhere: investors' browsers will fetch it, and its host will see them."
            )
        for child in token.children or ():
            yield from of_inline(child, line)


def of_inline(token: Token, line: int) -> Iterator[Remark]:
    if token.type == "link_open":
        yield from of_link(str(token.attrGet("href") or ""), line)
    if token.type == "image":
        host = host_of(str(token.attrGet("src") or ""))
        yield Remark(
            line,
            f"A picture from {host or 'elsewhere'}: investors' browsers will fetch it, and its host will see them.",
        )
    if token.type == "html_inline" and token.content.lower().startswith("<img"):
        yield Remark(line, "A picture from elsewhere: investors' browsers will fetch it, and its host will see them.")


def of_link(href: str, line: int) -> Iterator[Remark]:
    try:
        scheme = urlsplit(href).scheme
    except ValueError:
        scheme = "?"
    if not scheme and not href.startswith("#"):
        yield Remark(
            line,
            f"The link “{href[:60]}” does not say https://, so it leads to a page beside this text, not to that site.",
        )
    elif scheme and scheme not in ("http", "https", "mailto"):
        yield Remark(
            line,
            f"The link “{href[:60]}” is of a kind that browsers refuse or that does harm; it is not shown as a link here.",
        )


def of_typography(text: str) -> Iterator[Remark]:
    for number, line in enumerate(text.split("\n"), 1):
        for match in CHANGED.finditer(line):
            yield Remark(
                number, f"“{match[0]}” becomes a sign in Tokeny's editor; as a letter in brackets it needs a backslash."
            )
