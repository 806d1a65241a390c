"""Typographic replacements: (c) and the like, dashes, and quotation marks, each over all the text of a paragraph."""

import re
from collections import defaultdict

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from .budget import Budget
from .characters import SPACES, flanks, is_punctuation

SIGNS = {"c": "©", "r": "®", "p": "§", "tm": "™"}
IN_BRACKETS = re.compile(r"\((c|tm|r|p)\)", re.IGNORECASE)
RARE = re.compile(r"\+-|\.\.|\?\?\?\?|!!!!|,,|--")
QUOTE = re.compile(r"['\"]")
STEPS = tuple(
    (re.compile(pattern, re.MULTILINE), new)
    for pattern, new in (
        (r"\+-", "±"), (r"\.{2,}", "…"), (r"([?!])…", r"\1.."), (r"([?!]){4,}", r"\1\1\1"), (r",{2,}", ","),
        (r"(^|[^-])---(?=[^-]|$)", "\\1\u2014"), (rf"(^|[{SPACES}])--(?=[{SPACES}]|$)", "\\1\u2013"),
        (rf"(^|[^-{SPACES}])--(?=[^-{SPACES}]|$)", "\\1\u2013"),
    )
)  # fmt: skip


def replacements(state: StateCore) -> None:
    """Notes every (c) that becomes a sign with its line, for the warnings."""
    for block in state.tokens:
        if block.type != "inline" or not block.children:
            continue
        scoped, rare = IN_BRACKETS.search(block.content), RARE.search(block.content)
        if not scoped and not rare:
            continue
        depth, line = 0, block.map[0] if block.map else 0
        for token in block.children:
            if token.info == "auto" and token.type in ("link_open", "link_close"):
                depth += token.nesting
            line += token.type in ("softbreak", "hardbreak")
            if token.type != "text" or depth:
                continue
            if scoped and IN_BRACKETS.search(token.content):
                state.env["signs"] += [(line, found[0]) for found in IN_BRACKETS.finditer(token.content)]
                token.content = IN_BRACKETS.sub(lambda found: SIGNS[found[1].lower()], token.content)
            if rare and RARE.search(token.content):
                for pattern, new in STEPS:
                    token.content = pattern.sub(new, token.content)


def quotes(state: StateCore) -> None:
    for block in state.tokens:
        if block.type == "inline" and block.children and QUOTE.search(block.content):
            curl(block.children, state.env["budget"])


def curl(tokens: list[Token], budget: Budget) -> None:
    """Whether each mark opens, closes or is an apostrophe depends on its neighbors; a closing one pairs with the last
    open one."""
    texts: dict[int, list[str]] = {}
    opened: list[tuple[int, int, str, int]] = []
    places: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for number, token in enumerate(tokens):
        while opened and opened[-1][3] > token.level:
            opened.pop()
        if token.type != "text" or not QUOTE.search(token.content):
            continue
        said = texts[number] = list(token.content)
        for found in QUOTE.finditer(token.content):
            budget.step()
            at, mark = found.start(), found[0]
            before = said[at - 1] if at else neighbour(tokens, texts, range(number - 1, -1, -1), -1)
            after = said[at + 1] if at + 1 < len(said) else neighbour(tokens, texts, range(number + 1, len(tokens)), 0)
            opens, closes = meant(mark, before, after)
            here = places[mark, token.level]
            pair = partner(opened, here, mark, token.level) if closes else -1
            if pair >= 0:
                other, place, _, _ = opened[pair]
                said[at], texts[other][place] = ("”", "“") if mark == '"' else ("’", "‘")
                del opened[pair:]
            elif opens:
                here.append(len(opened))
                opened.append((number, at, mark, token.level))
            elif mark == "'":
                said[at] = "’"
    for number, said in texts.items():
        tokens[number].content = "".join(said)


def meant(mark: str, before: str, after: str) -> tuple[bool, bool]:
    opens, closes = flanks(before, after)
    if after == '"' == mark and "0" <= before <= "9":
        return False, False  # 1"" is an inch
    if opens and closes:
        return is_punctuation(before), is_punctuation(after)
    return opens, closes


def partner(opened: list[tuple[int, int, str, int]], places: list[int], mark: str, level: int) -> int:
    """The last open mark of this kind on this level, -1 for none; places closed since are dropped."""
    while places and (places[-1] >= len(opened) or opened[places[-1]][2:] != (mark, level)):
        places.pop()
    return places[-1] if places else -1


def neighbour(tokens: list[Token], texts: dict[int, list[str]], others: range, end: int) -> str:
    """The nearest character of the tokens on that side, a blank at the line's beginning or end."""
    for number in others:
        if tokens[number].type in ("softbreak", "hardbreak"):
            break
        if tokens[number].content:
            return texts[number][end] if number in texts else tokens[number].content[end]
    return " "
