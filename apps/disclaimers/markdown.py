"""Two engines: plain CommonMark, and the preset of the editor that Tokeny's server ships (docs/contracts/behaviours.md).

What the preset has and the Python packages lack (abbr, emoji, ins, mark) is written here, small.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, linkify
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.subscript import sub_plugin
from mdit_py_plugins.superscript import superscript_plugin

EMOJI = {
    ":smile:": "😄", ":smiley:": "😃", ":wink:": "😉", ":laughing:": "😆", ":heart:": "❤️", ":thumbsup:": "👍", ":+1:": "👍",
    ":-1:": "👎", ":warning:": "⚠️", ":information_source:": "ℹ️", ":white_check_mark:": "✅", ":x:": "❌", ":rocket:": "🚀",
    ":moneybag:": "💰", ":chart_with_upwards_trend:": "📈", ":email:": "✉️", ":phone:": "☎️", ":lock:": "🔒", ":bell:": "🔔",
    ":)": "😃", ":-)": "😃", ":(": "😦", ":-(": "😦", ";)": "😉", ";-)": "😉", ":/": "😕", ":-/": "😕", ":D": "😄", ":-D": "😄",
    ":P": "😛", ":p": "😛", ":o": "😮", ":O": "😮", ":|": "😐", "8-)": "😎", "<3": "❤️", "</3": "💔",
}  # fmt: skip
"""The commonest names, and the shortcuts that surprise in a legal text."""
EMOJI_AT = re.compile("|".join(re.escape(word) for word in sorted(EMOJI, key=len, reverse=True)))
ABBR = re.compile(r"\*\[((?:\\.|[^\]\\])+)\]:[ \t]*(\S.*)$")


NESTING = 20
"""Brackets and emphasis within each other; at the preset's 100, 20 kB of brackets take a second."""


def plain() -> MarkdownIt:
    engine = MarkdownIt("commonmark").enable(["strikethrough", "table"])
    engine.add_render_rule("image", picture)
    return engine


def tokenys() -> MarkdownIt:
    engine = MarkdownIt("js-default", {"html": True, "linkify": True, "typographer": True, "maxNesting": NESTING})
    engine.use(container_plugin, "warning").use(container_plugin, "tip").use(deflist_plugin).use(footnote_plugin)
    engine.use(sub_plugin).use(superscript_plugin).use(pair_plugin, "ins", "+").use(pair_plugin, "mark", "=")
    engine.use(abbr_plugin).use(emoji_plugin)
    engine.inline.ruler.at("linkify", linkify_known)
    engine.add_render_rule("image", picture)
    return engine


KNOWN_SCHEME = re.compile(r"(?:^|[^a-z0-9.+-])(?:https?|ftp)$", re.IGNORECASE)


def linkify_known(state: StateInline, silent: bool) -> bool:
    """The package's rule, asked only after a scheme that it links: it looks through all that stands before each "://"."""
    return bool(KNOWN_SCHEME.search(state.pending[-6:])) and linkify(state, silent)


def picture(self: Any, tokens: Sequence[Token], index: int, options: Any, env: EnvType) -> str:
    """Alt text and address stand in a picture's place: to fetch it would tell its host who reads."""
    token = tokens[index]
    label = self.renderInlineAsText(token.children or [], options, env)
    token.attrs["alt"] = label
    return str(self.renderToken(tokens, index, options, env))


def pair_plugin(engine: MarkdownIt, tag: str, sign: str) -> None:
    """`++text++` and `==text==`."""
    mark = sign * 2

    def rule(state: StateInline, silent: bool) -> bool:
        start = state.pos
        if not state.src.startswith(mark, start):
            return False
        end = state.src.find(mark, start + 2, state.posMax)
        inner = state.src[start + 2 : end] if end > 0 else ""
        if not inner or inner[0].isspace() or inner[-1].isspace():
            return False
        if not silent:
            most = state.posMax
            state.push(f"{tag}_open", tag, 1).markup = mark
            state.pos, state.posMax = start + 2, end
            state.md.inline.tokenize(state)
            state.posMax = most
            state.push(f"{tag}_close", tag, -1).markup = mark
        state.pos = end + 2
        return True

    engine.inline.ruler.before("emphasis", tag, rule)


def abbr_plugin(engine: MarkdownIt) -> None:
    """`*[SEC]: Securities and Exchange Commission` on a line of its own."""
    engine.block.ruler.before("reference", "abbr_def", abbr_definition, {"alt": ["paragraph", "reference"]})
    engine.core.ruler.after(
        "linkify" if "linkify" in engine.core.ruler.get_all_rules() else "inline", "abbr", abbr_words
    )


def abbr_definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    found = ABBR.match(state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]])
    if not found:
        return False
    if not silent:
        state.env.setdefault("abbr", {}).setdefault(found[1].replace("\\", ""), found[2].strip())
        state.line = start + 1
    return True


def abbr_words(state: StateCore) -> None:
    known: dict[str, str] = state.env.get("abbr", {})
    if known:
        words = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(known, key=len, reverse=True))) + r")(?!\w)")
        replace_text(
            state,
            words,
            lambda word: [
                token("abbr_open", "abbr", 1, title=known[word]),
                said(word),
                token("abbr_close", "abbr", -1),
            ],
        )


def emoji_plugin(engine: MarkdownIt) -> None:
    engine.core.ruler.push(
        "emoji", lambda state: replace_text(state, EMOJI_AT, lambda word: [said(EMOJI[word])], is_shortcut)
    )


def is_shortcut(text: str, at: int, end: int) -> bool:
    """A shortcut stands between blanks, so that `http://` is none; a name stands anywhere."""
    word = text[at:end]
    if word.startswith(":") and word.endswith(":") and len(word) > 2:
        return True
    return (at == 0 or not text[at - 1].isalnum()) and (
        end == len(text) or (not text[end].isalnum() and text[end] != "/")
    )


def replace_text(
    state: StateCore, words: re.Pattern[str], made: Callable[[str], list[Token]],
    is_meant: Callable[[str, int, int], bool] = lambda text, at, end: True,
) -> None:  # fmt: skip
    """In every text outside links made of addresses, each of the words becomes other tokens."""
    for block in state.tokens:
        if block.type == "inline" and block.children and words.search(block.content):
            block.children = [new for child in block.children for new in split(child, words, made, is_meant)]


def split(
    child: Token, words: re.Pattern[str], made: Callable[[str], list[Token]], is_meant: Callable[[str, int, int], bool]
) -> list[Token]:
    if child.type != "text":
        return [child]
    found, last = [], 0
    for match in words.finditer(child.content):
        if is_meant(child.content, *match.span()):
            found += [said(child.content[last : match.start()]), *made(match[0])]
            last = match.end()
    return [*found, said(child.content[last:])] if found else [child]


def said(text: str) -> Token:
    return Token("text", "", 0, content=text)


def token(kind: str, tag: str, nesting: int, **attributes: str) -> Token:
    return Token(kind, tag, nesting, attrs=dict(attributes))  # type: ignore[arg-type]
