"""The preview against what Strapi 3.6.11's own editor showed of 1,023 texts (shared/contracts/strapi-rendering.json)."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import nh3
import pytest

from apps.disclaimers import rendering
from apps.disclaimers.rendering import ENGINES, View
from apps.disclaimers.strapi.budget import Budget
from apps.disclaimers.strapi.sanitizing import sanitized

HERE = Path(__file__).parent
RECORDED = json.loads(gzip.decompress((HERE / "strapi-rendering.json.gz").read_bytes()))
COMMONMARK = json.loads((HERE / "commonmark.json").read_text())
TEXTS = [(each["text"], each) for each in RECORDED["texts"]]
EXAMPLES = [(COMMONMARK[each["example"]][0], each) for each in RECORDED["commonmark"]]
MORE: list[dict[str, str]] = json.loads(gzip.decompress((HERE / "strapi-more.json.gz").read_bytes()))
"""1,000 random texts of legal prose and edges of the syntax, and what the same packages, run by Node, made of them."""

TAKEN = {
    169: "<script>, with what it runs", 170: "<textarea>, not its text", 171: "<style>, with its rules", 172: "<style>, with its rules",
    175: "<style>, with its rules", 177: "<script>, with what it runs", 616: "<responsive-image>: a page may give such a name a behaviour",
}  # fmt: skip
"""What cleaning takes of the examples, by their position; of the texts it takes nothing."""
COLOURED = {"texts": [310, 311], "commonmark": [141, 142]}
"""Code of a known language, which the editor colors: of that its sanitizing leaves spans without a class, which no one sees."""


def page_of(text: str) -> str:
    """As the page has it, without the attributes that are the page's own."""
    html = rendering.html(text, View.TOKENY).html
    return re.sub(
        r"<[a-z][^>]*>", lambda tag: re.sub(r' (?:class|title|aria-level|rel|target)="[^"]*"', "", tag[0]), html
    )


def as_a_browser_reads(html: str) -> str:
    """Serialized again from the tree that a browser makes of it; nothing is cleaned away."""
    return nh3.clean(
        html, tags=set(re.findall(r"<([a-z][a-z0-9-]*)", html)), clean_content_tags=set(), link_rel=None,
        attributes={"*": {"href", "align", "alt", "center", "width", "height", "type", "controls", "target", "src"}},
        url_schemes={"http", "https", "ftp", "mailto", "tel"},
    )  # fmt: skip


def raw_of(text: str) -> str:
    return str(ENGINES[View.TOKENY].render(text, {"budget": Budget(9)}))


def shown_of(raw: str) -> str:
    return "".join(html for _, html in sanitized(raw, Budget(9)))


@pytest.mark.parametrize(
    ("name", "recorded", "taken"),
    [("texts", TEXTS, {}), ("commonmark", EXAMPLES, TAKEN)],
    ids=["371 texts", "652 examples"],
)
def test_the_page_has_the_elements_and_the_text_that_the_editor_shows(
    name: str, recorded: list[tuple[str, dict[str, Any]]], taken: dict[int, str]
) -> None:
    differ = [
        number
        for number, (text, each) in enumerate(recorded)
        if as_a_browser_reads(page_of(text)) != as_a_browser_reads(each["shown"])
    ]
    assert len(recorded) == {"texts": 371, "commonmark": 652}[name]
    assert differ == sorted([*taken, *COLOURED[name]])


@pytest.mark.parametrize(("name", "recorded"), [("texts", TEXTS), ("commonmark", EXAMPLES)], ids=["texts", "examples"])
def test_before_cleaning_only_coloured_code_differs(name: str, recorded: list[tuple[str, dict[str, Any]]]) -> None:
    assert [n for n, (text, each) in enumerate(recorded) if raw_of(text) != each["raw"]] == COLOURED[name]
    assert [n for n, (_, each) in enumerate(recorded) if shown_of(each["raw"]) != each["shown"]] == []


def test_a_thousand_more_texts_are_shown_the_same() -> None:
    assert len(MORE) == 1_000
    assert [each["text"] for each in MORE if shown_of(raw_of(each["text"])) != each["shown"]] == []


def test_cleaning_changes_no_character() -> None:
    """Of texts without raw HTML nothing is taken at all."""
    for each in MORE:
        if "<" not in each["text"]:
            assert as_a_browser_reads(page_of(each["text"])) == as_a_browser_reads(each["shown"]), each["text"]


def test_a_block_that_raw_html_spans_is_one() -> None:
    html = rendering.html("<center>\n\nthe *word*\n\n</center>\n\n<strike>old</strike>", View.TOKENY).html
    assert "<center>\n<p>the <em>word</em></p>\n</center>" in html
    assert "<strike>old</strike>" in html
