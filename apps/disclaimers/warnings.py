"""Warnings about what is probably a mistake in a text, each with its line: shown while writing and to the approver."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from markdown_it.token import Token

from .cleaning import ACTING, SCHEMES, host_of
from .rendering import MOST_BYTES, View, Work, parsed
from .strapi.budget import Budget, TooMuchWork
from .strapi.sanitizing import ATTRIBUTES

MOST = 100


@dataclass(frozen=True, slots=True)
class Remark:
    """`mends`: what to replace on that line, and by what, where a mistake has one obvious remedy."""

    line: int
    sentence: str
    mends: tuple[str, str] | None = None

    @property
    def fix(self) -> str:
        """For the editor's script, as JSON in ASCII: what is replaced may be a character that HTML cannot hold."""
        return json.dumps(self.mends) if self.mends else ""


BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
UNSEEN = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{BIDI}]")
TAG = re.compile(r"""<([a-zA-Z][a-zA-Z0-9-]*)((?:[^<>"']|"[^"<>]{0,500}"|'[^'<>]{0,500}'){0,500})""")
ATTRIBUTE = re.compile(r"""([a-zA-Z_:@][\w:.@-]*)(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?""")
PICTURE = (
    "Image from {}. Investors’ browsers will load it, so that host can see their IP addresses. It isn’t loaded here."
)


def warnings(text: str, budget: Budget | None = None) -> list[Remark]:
    """In order of lines, 100 at most. For a text that is not rendered, only what its characters show. `budget`: the
    page's."""
    found = [*islice(of_characters(text), MOST), *of_line_ends(text)]
    if len(text) <= MOST_BYTES:
        try:
            budget = budget or Budget()
            found += [*islice(of_tokens(text, budget), MOST), *islice(of_signs(text, budget), MOST)]
        except (TooMuchWork, RecursionError):
            found.append(Remark(1, "This text takes too long to check, so there may be more warnings."))
    return sorted(dict.fromkeys(found), key=lambda each: each.line)[:MOST]


def of_characters(text: str) -> Iterator[Remark]:
    line, at = 1, 0
    for match in UNSEEN.finditer(text):
        line, at = line + text.count("\n", at, match.start()), match.start()
        code = f"U+{ord(match[0]):04X}"
        if match[0] in BIDI:
            words = f"Hidden character that changes reading direction ({code}). The displayed text may differ from what’s stored."
        else:
            error = " Tokeny can’t store it." if match[0] == "\0" else ""
            words = f"Invisible control character ({code}).{error}"
        yield Remark(line, words, (match[0], ""))


def of_line_ends(text: str) -> Iterator[Remark]:
    windows, all_ends = text.count("\r\n"), text.count("\n")
    if windows and windows < all_ends:
        first = next(number for number, line in enumerate(text.split("\n"), 1) if line.endswith("\r"))
        yield Remark(first, f"Mixed line endings: {windows} of {all_ends} are Windows-style.")


def of_signs(text: str, budget: Budget) -> Iterator[Remark]:
    """As noted by the engine itself, which reads a backslash before it looks for signs."""
    for line, word in parsed(Work(text, View.TOKENY, budget))[1]["signs"]:
        kept = f"(<!-- -->{word[1:-1]})"
        yield Remark(
            line + 1,
            f"“{word}” becomes a symbol in Tokeny’s editor, even with a backslash. Write {kept} to keep it.",
            (word, kept),
        )


def of_tokens(text: str, budget: Budget) -> Iterator[Remark]:
    for token in parsed(Work(text, View.PLAIN, budget))[0]:
        line = token.map[0] + 1 if token.map else 1
        if token.type == "ordered_list_open" and str(token.attrGet("start") or 1) != "1":
            yield Remark(line, f"This list starts at {token.attrGet('start')}. Tokeny’s editor numbers it from 1.")
        if token.type == "html_block":
            yield from of_html(token.content, line)
        for child in token.children or ():
            line += child.type in ("softbreak", "hardbreak")
            yield from of_inline(child, line)


def of_inline(token: Token, line: int) -> Iterator[Remark]:
    if token.type == "link_open":
        yield from of_link(str(token.attrGet("href") or ""), line)
    if token.type in ("link_open", "image") and token.attrGet("title"):
        yield Remark(line, f"The tooltip “{str(token.attrGet('title'))[:60]}” is dropped by Tokeny’s editor.")
    if token.type == "image":
        yield Remark(line, PICTURE.format(host_of(str(token.attrGet("src") or "")) or "another site"))
    if token.type == "html_inline":
        yield from of_html(token.content, line)


def of_html(html: str, line: int) -> Iterator[Remark]:
    """What is removed from it, and by whom."""
    at = 0
    for found in TAG.finditer(html):
        line, at = line + html.count("\n", at, found.start()), found.start()
        tag = found[1].lower()
        if tag == "img":
            yield Remark(line, PICTURE.format("another site"))
        if tag in ACTING or "-" in tag:
            yield Remark(line, f"<{tag}> can act or load something, so it isn’t shown here. Tokeny’s editor keeps it.")
        names = {name.lower() for name in ATTRIBUTE.findall(found[2])}
        if "target" in names:
            yield Remark(line, f"“target” of <{tag}> isn’t kept here. Tokeny’s editor keeps it.")
        dropped = sorted(names - ATTRIBUTES - ({"src"} if tag in ("img", "source") else set()))
        if dropped:
            listed = ", ".join(f"“{name}”" for name in dropped[:5])
            yield Remark(line, f"{listed} of <{tag}> is dropped by Tokeny’s editor and here.")


def of_link(href: str, line: int) -> Iterator[Remark]:
    try:
        scheme = urlsplit(href).scheme
    except ValueError:
        scheme = "?"
    if not scheme and not href.startswith("#"):
        yield Remark(
            line,
            f"The link “{href[:60]}” is missing https://, so it won’t open that site.",
            (href, f"https://{href}") if "." in href.split("/")[0] else None,
        )
    elif scheme and scheme not in SCHEMES:
        yield Remark(
            line,
            f"The link “{href[:60]}” uses a type that browsers block or that can be harmful, so it "
            "isn’t shown as a link.",
        )
