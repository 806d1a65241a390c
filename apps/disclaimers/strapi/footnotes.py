"""Footnotes: the package's block rules, the old plugin's inline rules, and Strapi's own marks, which are not links."""

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_def

from .blocks import in_silence


def footnotes(engine: MarkdownIt) -> None:
    engine.use(footnote_plugin)
    engine.block.ruler.at("footnote_def", in_silence(footnote_def, is_definition), {"alt": ["paragraph", "reference"]})
    engine.inline.ruler.at("footnote_inline", inline)
    engine.inline.ruler.at("footnote_ref", mention)
    engine.add_render_rule("footnote_ref", render_mention)
    engine.add_render_rule("footnote_anchor", render_way_back)


def is_definition(state: StateBlock, line: str) -> bool:
    end = line.find("]")
    return line.startswith("[^") and end > 2 and " " not in line[:end] and line.startswith(":", end + 1)


def known(state: StateInline) -> tuple[dict[str, int], dict[int, dict[str, Any]]]:
    notes = state.env.setdefault("footnotes", {"refs": {}, "list": {}})
    return notes["refs"], notes["list"]


def inline(state: StateInline, silent: bool) -> bool:
    """`^[text]`. A note within it takes the same number and is then lost, as in the old plugin."""
    start, most = state.pos, state.posMax
    if start + 2 >= most or not state.src.startswith("^[", start):
        return False
    end = state.md.helpers.parseLinkLabel(state, start + 1)
    if end < 0:
        return False
    if not silent:
        inner: list[Token] = []
        listed, said = known(state)[1], state.src[start + 2 : end]
        number = len(listed)
        state.md.inline.parse(said, state.md, state.env, inner)
        state.push("footnote_ref", "", 0).meta = {"id": number}
        listed[number] = {"content": said, "tokens": inner}
    state.pos, state.posMax = end + 1, most
    return True


def mention(state: StateInline, silent: bool) -> bool:
    """`[^1]`, of a note that is defined somewhere."""
    start = state.pos
    if "footnotes" not in state.env or not state.src.startswith("[^", start):
        return False
    end = state.src.find("]", start + 2, state.posMax)
    label = state.src[start + 2 : end]
    refs, listed = known(state)
    if end < 0 or ":" + label not in refs:
        return False
    if not silent:
        number = refs[":" + label]
        if number < 0:
            number = refs[":" + label] = len(listed)
            listed[number] = {"label": label, "count": 0}
        times = listed[number].get("count", 0)
        if "count" in listed[number]:
            listed[number]["count"] += 1
        state.push("footnote_ref", "", 0).meta = {"id": number, "subId": times, "label": label}
    state.pos = end + 1
    return True


def render_mention(self: Any, tokens: Sequence[Token], index: int, options: Any, env: EnvType) -> str:
    caption = self.rules["footnote_caption"](tokens, index, options, env)
    return f'<sup class="footnote-ref"><span>{caption}</span></sup>'


def render_way_back(self: Any, tokens: Sequence[Token], index: int, options: Any, env: EnvType) -> str:
    return ' <span class="footnote-backref">\u21a9\ufe0e</span>'
