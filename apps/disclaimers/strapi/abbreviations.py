"""`*[SEC]: Securities and Exchange Commission` on a line of its own, and the word wherever it stands between
punctuation or whitespace."""

import re
from functools import lru_cache
from unicodedata import category

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from .blocks import line_of
from .characters import SPACES

OTHERS = frozenset(" \r\n$+<=>^`|~")
DEFINED = re.compile(r"\*\[((?:\\.?|[^\[\]\\])*)\]:")
WORDS = re.compile(r"[^\W_]+|.", re.DOTALL)
"""No word ends within letters and digits, so these are read as one."""


def abbreviations(engine: MarkdownIt) -> None:
    engine.block.ruler.before("reference", "abbr_def", definition, {"alt": ["paragraph", "reference"]})
    engine.core.ruler.after("linkify", "abbr_replace", words)


def definition(state: StateBlock, first: int, _last: int, silent: bool) -> bool:
    line = line_of(state, first)
    found = DEFINED.match(line)
    if not found or silent:
        return bool(found)
    label, title = re.sub(r"\\(.)", r"\1", found[1]), line[found.end() :].strip(SPACES)
    if not label or not title:
        return False
    state.env.setdefault("abbreviations", {}).setdefault(label, title)
    state.line = first + 1
    return True


def words(state: StateCore) -> None:
    known: dict[str, str] = state.env.get("abbreviations", {})
    if not known:
        return
    lengths = sorted({len(label) for label in known}, reverse=True)
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = [
                new
                for token in block.children
                for new in (with_words(state, token, known, lengths) if token.type == "text" else [token])
            ]


def with_words(state: StateCore, token: Token, known: dict[str, str], lengths: list[int]) -> list[Token]:
    """At each place after a boundary, the longest known word that is followed by a boundary too."""
    text, made, last, at = token.content, [], 0, 0
    budget = state.env["budget"]
    while at < len(text):
        budget.step(len(lengths))
        found = next(
            (
                text[at : at + length]
                for length in lengths
                if text[at : at + length] in known and (at + length >= len(text) or is_edge(text[at + length]))
            ),
            "",
        )
        if found:
            made += [
                Token("text", "", 0, content=text[last:at], level=token.level),
                Token("abbr_open", "abbr", 1, attrs={"title": known[found]}, level=token.level),
                Token("text", "", 0, content=found, level=token.level),
                Token("abbr_close", "abbr", -1, level=token.level),
            ]
            last = at = at + len(found)
        at = next_edge(text, at)
    return [*made, Token("text", "", 0, content=text[last:], level=token.level)] if made else [token]


def next_edge(text: str, at: int) -> int:
    """The place after the next boundary from here."""
    while at < len(text) and not is_edge(text[at]):
        at = WORDS.match(text, at).end()  # type: ignore[union-attr]
    return at + 1


@lru_cache(maxsize=4096)
def is_edge(sign: str) -> bool:
    return sign in OTHERS or category(sign)[0] in "ZP"
