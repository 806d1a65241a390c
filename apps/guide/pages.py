"""The guide: pages of Markdown in docs/guide, trusted since they are ours (docs/adr/0005)."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import markdown
from django.utils.safestring import SafeString, mark_safe

FOLDER = Path(__file__).resolve().parents[2] / "docs/guide"
PAGES = (
    "connect",
    "overview",
    "filter",
    "export",
    "roles",
    "sign-in",
    "blockers",
    "disclaimers",
    "audit-log",
    "accessibility",
)
"""In the order in which a new team needs them."""


@dataclass(frozen=True, slots=True)
class GuidePage:
    """`about`: its first paragraph, as text."""

    name: str
    title: str
    about: str
    html: SafeString
    contents: SafeString


@cache
def page(name: str) -> GuidePage:
    """Raises KeyError for a page that does not exist."""
    if name not in PAGES:
        raise KeyError(name)
    engine = markdown.Markdown(
        extensions=["toc", "admonition", "tables"], extension_configs={"toc": {"toc_depth": "2-2"}}
    )
    title, _, text = (FOLDER / f"{name}.md").read_text().partition("\n")
    html = engine.convert(text)
    about = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", text.strip().partition("\n\n")[0].replace("\n", " "))
    return GuidePage(name, title.lstrip("# "), about, mark_safe(html), mark_safe(engine.toc))  # noqa: S308 - our own file


@cache
def beside(name: str) -> SafeString:
    """A page as shown beside something else: its headings below that page's own, without anchors."""
    return mark_safe(re.sub(r"<(/?)h2[^>]*>", r"<\1h3>", page(name).html))  # noqa: S308 - our own file
