"""`++inserted++` and `==marked==`, paired as the package pairs its `~~strikethrough~~`."""

from functools import partial

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter


def pair_plugin(engine: MarkdownIt, tag: str, sign: str) -> None:
    engine.inline.ruler.before("emphasis", tag, partial(runs, sign))
    engine.inline.ruler2.before("emphasis", tag, partial(matched, tag, sign))


def runs(sign: str, state: StateInline, silent: bool) -> bool:
    """Every two characters of a run become a token; the first character of an odd run is text."""
    if silent or state.src[state.pos] != sign:
        return False
    scanned = state.scanDelims(state.pos, True)
    if scanned.length < 2:
        return False
    if scanned.length % 2:
        state.push("text", "", 0).content = sign
    for _ in range(scanned.length // 2):
        state.push("text", "", 0).content = sign * 2
        if scanned.can_open or scanned.can_close:
            state.delimiters.append(
                Delimiter(ord(sign), 0, len(state.tokens) - 1, -1, scanned.can_open, scanned.can_close)
            )
    state.pos += scanned.length
    return True


def matched(tag: str, sign: str, state: StateInline) -> None:
    for delimiters in [state.delimiters, *(meta["delimiters"] for meta in state.tokens_meta if meta)]:
        lone: list[int] = []
        for delimiter in delimiters:
            if delimiter.marker != ord(sign) or delimiter.end < 0:
                continue
            closing = delimiters[delimiter.end].token
            for at, kind, nesting in ((delimiter.token, "open", 1), (closing, "close", -1)):
                token = state.tokens[at]
                token.type, token.tag, token.content = f"{tag}_{kind}", tag, ""
                token.nesting = nesting
            if state.tokens[closing - 1].type == "text" and state.tokens[closing - 1].content == sign:
                lone.append(closing - 1)
        while lone:
            behind_closings(lone.pop(), f"{tag}_close", state)


def behind_closings(lone: int, kind: str, state: StateInline) -> None:
    """Moves the leftover character of an odd run behind the closing tags that it precedes."""
    last = lone + 1
    while last < len(state.tokens) and state.tokens[last].type == kind:
        state.env["budget"].step()
        last += 1
    state.tokens[lone], state.tokens[last - 1] = state.tokens[last - 1], state.tokens[lone]
