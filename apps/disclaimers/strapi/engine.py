"""The engine: markdown-it-py's preset with the rules that differ put in place of its own."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import mdurl
from markdown_it import MarkdownIt, _punycode
from markdown_it.helpers import parseLinkDestination, parseLinkTitle
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.deflist import deflist_plugin

from . import blocks, inline, typography
from .abbreviations import abbreviations
from .budget import count_work
from .characters import SPACES
from .emoji import emoji
from .footnotes import footnotes
from .links import linkify
from .pairs import pair_plugin


class Engine(MarkdownIt):
    def __init__(self) -> None:
        super().__init__("js-default", {"html": True, "linkify": True, "typographer": True})
        self.helpers = inline.Helpers(parseLinkDestination, parseLinkTitle)  # type: ignore[assignment]
        old_inline, old_blocks = inline.Inline(), blocks.Blocks()
        old_inline.ruler, old_inline.ruler2, old_blocks.ruler = self.inline.ruler, self.inline.ruler2, self.block.ruler
        self.inline, self.block = old_inline, old_blocks
        use_blocks(self)
        use_inline(self)
        use_core(self)
        count_work(self)
        old_inline.sort_rules()

    def parse(self, src: str, env: EnvType | None = None) -> list[Token]:
        """`env["budget"]` is required; `env["signs"]` then holds which (c) became a sign, by line."""
        env = {} if env is None else env
        env.setdefault("signs", [])
        return super().parse(src, env)

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the package's names
        return mdurl.encode(mdurl.format(recoded(url, _punycode.to_ascii)))

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        return mdurl.decode(mdurl.format(recoded(link, _punycode.to_unicode)), mdurl.DECODE_DEFAULT_CHARS + "%")


def recoded(url: str, code: Any) -> Any:
    """With the host name in its other encoding, if the scheme has one."""
    parsed = mdurl.parse(url.strip(SPACES), slashes_denote_host=True)
    if parsed.hostname and (not parsed.protocol or parsed.protocol in ("http:", "https:", "mailto:")):
        try:
            return parsed._replace(hostname=code(parsed.hostname))
        except Exception:
            return parsed
    return parsed


def use_blocks(engine: MarkdownIt) -> None:
    rules = engine.block.ruler
    rules.at("html_block", blocks.html_block, {"alt": ["paragraph", "reference", "blockquote"]})
    rules.at("reference", blocks.reference, {"alt": []})
    for name in ("warning", "tip"):
        engine.use(container_plugin, name)
    engine.use(deflist_plugin)
    abbreviations(engine)
    footnotes(engine)
    for rule in rules.__rules__:
        if rule.name.startswith("container_"):
            rule.fn = blocks.in_silence(rule.fn, partial(is_container, rule.name.removeprefix("container_")))
        if rule.name == "deflist":
            rule.fn = blocks.in_silence(rule.fn, is_definition)


def is_container(name: str, state: StateBlock, line: str) -> bool:
    rest = line.lstrip(":")
    return len(line) - len(rest) >= 3 and rest.strip(SPACES).split(" ", 1)[0] == name


def is_definition(state: StateBlock, line: str) -> bool:
    return state.ddIndent >= 0 and line[:1] in ("~", ":") and line[1:2] in (" ", "\t") and bool(line[1:].strip(" \t"))


def use_inline(engine: MarkdownIt) -> None:
    rules = engine.inline.ruler
    for name, rule in (
        ("escape", inline.escape), ("entity", inline.entity), ("backticks", inline.backticks), ("html_inline", inline.html_inline),
    ):  # fmt: skip
        rules.at(name, rule)
    rules.disable("linkify")
    pair_plugin(engine, "ins", "+")
    pair_plugin(engine, "mark", "=")
    rules.after("emphasis", "sub", partial(inline.low_or_high, "~", "sub"))
    rules.after("emphasis", "sup", partial(inline.low_or_high, "^", "sup"))


def use_core(engine: MarkdownIt) -> None:
    rules = engine.core.ruler
    rules.after("block", "trim", trim)
    for name, rule in (
        ("linkify", linkify),
        ("replacements", typography.replacements),
        ("smartquotes", typography.quotes),
    ):
        rules.at(name, rule)
    rules.push("emoji", emoji)
    rules.disable("text_join")
    engine.add_render_rule("fence", fence)
    engine.add_render_rule("image", image)


def trim(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline":
            token.content = token.content.strip(SPACES)


def fence(self: Any, tokens: Sequence[Token], index: int, options: Any, env: EnvType) -> str:
    """Strapi's highlighting consists of spans whose classes its sanitizer removes, so none of it shows."""
    return f'<pre class="hljs"><code>{escaped(tokens[index].content)}</code></pre>\n'


def image(self: Any, tokens: Sequence[Token], index: int, options: Any, env: EnvType) -> str:
    token = tokens[index]
    token.attrs["alt"] = plain(token.children or [])
    return str(self.renderToken(tokens, index, options, env))


def plain(tokens: Sequence[Token]) -> str:
    said = {"softbreak": "\n"}
    return "".join(
        plain(token.children or [])
        if token.type == "image"
        else token.content
        if token.type == "text"
        else said.get(token.type, "")
        for token in tokens
    )


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
