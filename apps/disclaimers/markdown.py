"""The two Markdown engines: plain CommonMark, and that of Tokeny's own editor. Both charge their work to
`env["budget"]`."""

from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkDestination, parseLinkTitle

from .strapi import inline
from .strapi.budget import count_work
from .strapi.engine import Engine, fence


def plain() -> MarkdownIt:
    engine = MarkdownIt("commonmark").enable(["strikethrough", "table"])
    engine.helpers = inline.Helpers(parseLinkDestination, parseLinkTitle)  # type: ignore[assignment]
    count_work(engine)
    engine.add_render_rule("fence", fence)
    return engine


def tokenys() -> MarkdownIt:
    return Engine()
