"""The inline rules that differ: escaped characters merge with the text around them before typography runs."""

import re
from collections.abc import Callable
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.common.entities import entities
from markdown_it.common.utils import fromCodePoint, isValidEntityCode
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType

from .characters import ASCII_PUNCTUATION, SPACE, flanks, is_punctuation

NUMBER = re.compile(r"&#(x[a-f0-9]{1,6}|[0-9]{1,7});", re.IGNORECASE)
NAME = re.compile(r"&([a-z][a-z0-9]{1,31});", re.IGNORECASE)
TICKS = re.compile("`+")
ATTRIBUTE = rf"""(?:{SPACE}+[a-zA-Z_:][a-zA-Z0-9:._-]*(?:{SPACE}*={SPACE}*(?:[^"'=<>`\x00-\x20]+|'[^']*'|"[^"]*"))?)"""
OPEN_OR_CLOSE = rf"<[A-Za-z][A-Za-z0-9\-]*{ATTRIBUTE}*{SPACE}*/?>|</[A-Za-z][A-Za-z0-9\-]*{SPACE}*>"
TAG = re.compile(OPEN_OR_CLOSE)
OTHERS = tuple(
    (start, end, re.compile(whole, re.DOTALL))
    for start, end, whole in (
        ("<!--", "-->", "<!---->|<!--(?:-?[^>-])(?:-?[^-])*-->"),
        ("<?", "?>", r"<\?.*?\?>"),
        ("<![CDATA[", "]]>", r"<!\[CDATA\[.*?\]\]>"),
        ("<!", ">", rf"<![A-Z]+{SPACE}+[^>]*>"),
    )
)
"""Comments and the like: how one starts, without what it cannot end, and the whole of it."""
STARTS = {
    "\n": "newline", "\\": "escape", "`": "backticks", "~": "strikethrough sub", "+": "ins", "=": "mark", "*": "emphasis",
    "_": "emphasis", "^": "sup footnote_inline", "[": "link footnote_ref", "!": "image", "<": "autolink html_inline",
    "&": "entity", "]": "",
}  # fmt: skip
TEXT = re.compile(f"[^{re.escape(''.join(STARTS))}]+")
ESCAPED_OR_SPACE = re.compile(r"\\([ \\!\"#$%&'()*+,./:;<=>?@\[\]^_`{|}~-])")
BARE_SPACE = re.compile(rf"(?:^|[^\\])(?:\\\\)*{SPACE}")


class State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803 - the package's names
        marker, end = self.src[start], start
        while end < self.posMax and self.src[end] == marker:
            end += 1
        before = self.src[start - 1] if start else " "
        after = self.src[end] if end < self.posMax else " "
        opens, closes = flanks(before, after)
        if not canSplitWord:
            opens, closes = (
                opens and (not closes or is_punctuation(before)),
                closes and (not opens or is_punctuation(after)),
            )
        return Scanned(opens, closes, end - start)


class Inline(ParserInline):
    """Each rule starts at its own characters, so only those are asked; all else becomes text at once."""

    by_sign: dict[str, list[Callable[[StateInline, bool], bool]]]

    def sort_rules(self) -> None:
        """To be called when all rules are added."""
        found = {rule.name: rule.fn for rule in self.ruler.__rules__ if rule.enabled}
        self.by_sign = {sign: [found[name] for name in names.split()] for sign, names in STARTS.items()}

    def tokenize(self, state: StateInline) -> None:
        src, end, most, budget = state.src, state.posMax, state.md.options["maxNesting"], state.env["budget"]
        while state.pos < end:
            at = state.pos
            budget.step()
            if text := TEXT.match(src, at, end):
                state.append_pending(text[0])
                state.pos = text.end()
                continue
            for rule in self.by_sign[src[at]] if state.level < most else ():
                if rule(state, False):
                    break
            else:
                state.append_pending(src[at])
                state.pos = at + 1
        if state.pending:
            state.pushPending()

    def skipToken(self, state: StateInline) -> None:  # noqa: N802
        at = state.pos
        if at in state.cache:
            state.pos = state.cache[at]
            return
        state.env["budget"].step()
        if state.level >= state.md.options["maxNesting"]:
            state.pos = state.posMax + 1
        elif text := TEXT.match(state.src, at, state.posMax):
            state.pos = text.end()
        else:
            state.level += 1
            if not any(rule(state, True) for rule in self.by_sign[state.src[at]]):
                state.pos = at + 1
            state.level -= 1
        state.cache[at] = state.pos

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        env["budget"].step(1 + len(src) // 16)
        state = State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class Helpers(NamedTuple):
    """Replaces the package's module of this name; the other two functions are its own."""

    parseLinkDestination: object  # noqa: N815 - the package's names
    parseLinkTitle: object  # noqa: N815

    @staticmethod
    def parseLinkLabel(state: StateInline, start: int, disableNested: bool = False) -> int:  # noqa: N802, N803
        """Where the label ends, -1 if it does not. The look ahead counts as a whole: nearly each of its steps is known
        by now, and looked up here."""
        before, src, most, known = state.pos, state.src, state.posMax, state.cache.get
        if state.html_terminator_last("]") < start and state.html_terminator_last("`") < start:
            return -1  # with a backtick, looking ahead has an effect: see there
        at, depth, end = start + 1, 1, -1
        while at < most:
            sign = src[at]
            if sign == "]":
                depth -= 1
                if not depth:
                    end = at
                    break
            after = known(at)
            if after is None:
                state.pos = at
                state.md.inline.skipToken(state)
                after = state.pos
            if sign == "[":
                if after == at + 1:
                    depth += 1
                elif disableNested:
                    break
            at = after
        state.env["budget"].step(1 + at - start)
        state.pos = before
        return end


def escape(state: StateInline, silent: bool) -> bool:
    at = state.pos
    if state.src[at] != "\\":
        return False
    after = state.src[at + 1] if at + 1 < state.posMax else ""
    state.pos = at + 2
    if after == "\n":
        if not silent:
            state.push("hardbreak", "br", 0)
        while state.pos < state.posMax and state.src[state.pos] in " \t":
            state.pos += 1
    elif after in ASCII_PUNCTUATION:
        if not silent:
            state.append_pending(after)
    else:
        state.pos = at + 1
        if not silent:
            state.append_pending("\\")
    return True


def entity(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "&":
        return False
    said, length = "&", 1
    if number := NUMBER.match(state.src, state.pos):
        code = int(number[1][1:], 16) if number[1][0] in "xX" else int(number[1])
        said, length = fromCodePoint(code if isValidEntityCode(code) else 0xFFFD), len(number[0])
    elif (name := NAME.match(state.src, state.pos)) and name[1] in entities:
        said, length = entities[name[1]], len(name[0])
    if not silent:
        state.append_pending(said)
    state.pos += length
    return True


def backticks(state: StateInline, silent: bool) -> bool:
    """Remembers the last place of each length, so that each is searched for once. Like the old rule, it looks beyond
    the end of a label, and believes what it saw there."""
    start = state.pos
    if state.src[start] != "`":
        return False
    end = TICKS.match(state.src, start, state.posMax).end()  # type: ignore[union-attr]
    length = end - start
    if not state.backticksScanned or state.backticks.get(length, 0) > start:
        state.env["budget"].step(16)
        found, after = state.src.find("`", end), end
        while found >= 0:
            run = TICKS.match(state.src, found, max(found + 1, state.posMax))
            after = run.end() if run and found < state.posMax else found + 1
            if after - found == length:
                if not silent:
                    said = state.src[end:found].replace("\n", " ")
                    token = state.push("code_inline", "code", 0)
                    token.content = said[1:-1] if len(said) > 2 and said[0] == said[-1] == " " else said
                state.pos = after
                return True
            state.backticks[after - found] = found
            found = state.src.find("`", after)
        state.backticksScanned = True
    if not silent:
        state.append_pending("`" * length)
    state.pos = end
    return True


def html_inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "<" or state.pos + 2 >= state.posMax:
        return False
    found = TAG.match(state.src, state.pos)
    if not found and state.src[state.pos + 1] in "!?":
        for start, end, whole in OTHERS:
            if state.src.startswith(start, state.pos) and state.html_terminator_last(end) > state.pos:
                found = found or whole.match(state.src, state.pos)
    if not found:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = found[0]
    state.pos = found.end()
    return True


def low_or_high(sign: str, tag: str, state: StateInline, silent: bool) -> bool:
    """`H~2~O` and `x^2^`: without unescaped blanks, and reading backslash escapes only."""
    start, most = state.pos, state.posMax
    if silent or state.src[start] != sign or start + 2 >= most:
        return False
    state.pos = start + 1
    while state.pos < most and state.src[state.pos] != sign:
        state.env["budget"].step()
        state.md.inline.skipToken(state)
    end, state.pos = state.pos, start
    inner = state.src[start + 1 : end]
    state.env["budget"].step(1 + len(inner) // 64)
    if end >= most or not inner or BARE_SPACE.search(inner):
        return False
    state.push(f"{tag}_open", tag, 1)
    state.push("text", "", 0).content = ESCAPED_OR_SPACE.sub(r"\1", inner)
    state.push(f"{tag}_close", tag, -1)
    state.pos = end + 1
    return True
