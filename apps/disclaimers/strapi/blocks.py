"""The block rules that differ."""

import re
from collections.abc import Callable

from markdown_it.common.html_blocks import block_names
from markdown_it.common.utils import normalizeReference
from markdown_it.parser_block import ParserBlock
from markdown_it.rules_block import StateBlock

from .characters import SPACE, SPACES
from .inline import OPEN_OR_CLOSE

Rule = Callable[[StateBlock, int, int, bool], bool]
NAMES = "|".join([*(name for name in block_names if name != "search"), "source"])
HTML = tuple(
    (re.compile(start, flags), end and re.compile(end, re.IGNORECASE), may_interrupt)
    for start, flags, end, may_interrupt in (
        (rf"<(?:script|pre|style|textarea)(?:{SPACE}|>|$)", re.I, "</(?:script|pre|style|textarea)>", True),
        ("<!--", 0, "-->", True),
        (r"<\?", 0, r"\?>", True),
        ("<![A-Z]", 0, ">", True),
        (r"<!\[CDATA\[", 0, r"\]\]>", True),
        (rf"</?(?:{NAMES})(?:{SPACE}|/?>|$)", re.I, "", True),
        (rf"(?:{OPEN_OR_CLOSE}){SPACE}*$", 0, "", False),
    )
)
"""How a block of HTML starts, what ends it (an empty line where nothing is said), and whether it may end a paragraph."""


class Blocks(ParserBlock):
    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:  # noqa: N803 - the package's names
        """The package's, with the old meaning of "had an empty line", and counted."""
        rules, line, had_empty = self.ruler.getRules(""), startLine, False
        most, budget = state.md.options["maxNesting"], state.env["budget"]
        while line < endLine:
            state.line = line = state.skipEmptyLines(line)
            if line >= endLine or state.sCount[line] < state.blkIndent:
                break
            if state.level >= most:
                state.line = endLine
                break
            budget.step(16)
            for rule in rules:
                if rule(state, line, endLine, False):
                    break
            state.tight = not had_empty
            had_empty = had_empty or state.isEmpty(state.line - 1)
            line = state.line
            if line < endLine and state.isEmpty(line):
                had_empty = True
                line += 1
                state.line = line


def line_of(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def in_silence(rule: Rule, is_meant: Callable[[StateBlock, str], bool]) -> Rule:
    """When asked whether they end another block, the old plugins looked only at the line; the package also looks at its
    indent."""

    def either(state: StateBlock, first: int, last: int, silent: bool) -> bool:
        return is_meant(state, line_of(state, first)) if silent else rule(state, first, last, silent)

    return either


def html_block(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    if state.sCount[first] - state.blkIndent >= 4 or not state.src.startswith(
        "<", state.bMarks[first] + state.tShift[first]
    ):
        return False
    said = line_of(state, first)
    kind = next(((end, may_interrupt) for start, end, may_interrupt in HTML if start.match(said)), None)
    if not kind:
        return False
    end, may_interrupt = kind
    if silent:
        return may_interrupt
    line = first + 1
    if not end or not end.search(said):
        while line < last and state.sCount[line] >= state.blkIndent:
            said = line_of(state, line)
            if end.search(said) if end else not said:
                line += 1 if said else 0
                break
            line += 1
    state.line = line
    token = state.push("html_block", "", 0)
    token.map = [first, line]
    token.content = state.getLines(first, line, state.blkIndent, True)
    return True


def reference(state: StateBlock, first: int, _last: int, silent: bool) -> bool:
    """`[label]: address "title"`, read from the whole paragraph at once."""
    start, end = state.bMarks[first] + state.tShift[first], state.eMarks[first]
    if state.sCount[first] - state.blkIndent >= 4 or not state.src.startswith("[", start):
        return False
    closing = re.compile(r"(?<!\\)\]").search(state.src, start + 1, end)
    if closing and not state.src.startswith(":", closing.end(), end):
        return False
    parent = state.parentType
    said = state.getLines(first, paragraph_end(state, first), state.blkIndent, False).strip(SPACES)
    label = re.match(r"\[((?:\\[\s\S]?|[^\[\]\\])*)\]:[ \t\n]*", said)
    if not label:
        return False
    address = state.md.helpers.parseLinkDestination(said, label.end(), len(said))
    href = state.md.normalizeLink(address.str) if address.ok else ""
    if not address.ok or not state.md.validateLink(href):
        return False
    ends = end_with_title(state, said, address.pos)
    name = normalizeReference(label[1].strip(SPACES))
    if not ends or not name:
        return False
    title, after = ends
    state.env.setdefault("references", {}).setdefault(name, {"title": title, "href": href})
    state.line, state.parentType = first + said.count("\n", 0, after) + 1, parent
    return True


def paragraph_end(state: StateBlock, first: int) -> int:
    state.parentType, line = "reference", first + 1
    rules = state.md.block.ruler.getRules("reference")
    while line < state.lineMax and not state.isEmpty(line):
        lazy = state.sCount[line] - state.blkIndent > 3 or state.sCount[line] < 0
        if not lazy and any(rule(state, line, state.lineMax, True) for rule in rules):
            break
        line += 1
    return line


def end_with_title(state: StateBlock, said: str, at: int) -> tuple[str, int] | None:
    """The title and where it ends, or no title and the end of the address; None if the line goes on."""
    after = re.compile(r"[ \t\n]*").match(said, at).end()  # type: ignore[union-attr]
    title = state.md.helpers.parseLinkTitle(said, after, len(said), None)
    blank = re.compile(r"[ \t]*(?:\n|\Z)")
    if title.ok and after > at and after < len(said):
        if blank.match(said, title.pos):
            return title.str, title.pos
        if not title.str:
            return None
    return ("", at) if blank.match(said, at) else None
