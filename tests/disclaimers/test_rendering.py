"""What a text becomes: the guide's example in both views, CommonMark's own examples, hostile sizes, and what is cleaned away."""

import json
import os
import random
import re
import time
from html import unescape
from pathlib import Path

import pytest

from apps.disclaimers import markdown, rendering
from apps.disclaimers.redline import redline
from apps.disclaimers.rendering import View
from apps.disclaimers.warnings import warnings
from tests.disclaimers.payloads import GADGETS, PAYLOADS
from tests.pace import at_rest

EXAMPLE = (
    "My first disclaimer with some content **and some styling** *Some other* <u>And last one</u> ~~Scratch that~~ \n"
    " - With non-numbered lists \n - and a second item \n 1. A numbered list \n 2. With another item \n"
    " ```Some more styling``` \n > An inspiring quote \n\n [And a link to your website](wwww.google.com) \n\n"
    " Images are also allowed"
)
"""Of Tokeny's own guide."""
COMMONMARK = json.loads((Path(__file__).parent / "commonmark.json").read_text())
"""The examples of CommonMark 0.31.2 (spec.commonmark.org, CC BY-SA 4.0)."""


@pytest.mark.parametrize("view", list(View))
def test_the_guides_example_looks_as_tokenys_guide_shows_it(view: View) -> None:
    html = rendering.html(EXAMPLE, view).html
    assert "<strong>and some styling</strong> <em>Some other</em> <u>And last one</u> <s>Scratch that</s>" in html
    assert html.count("<ul>") == html.count("<ol>") == html.count("<blockquote>") == 1
    assert html.count("<li>") == 4
    ordered = html[html.index("<ol>") : html.index("</ol>")]
    assert ordered.count("<li>") == 2
    assert ordered.index("<code>Some more styling</code>") > ordered.index("With another item")
    assert ">And a link to your website</a>" in html
    assert html.count("<p>") >= 3


def test_all_652_examples_pass_in_the_plain_engine_before_cleaning() -> None:
    engine = markdown.MarkdownIt("commonmark").enable(["strikethrough", "table"])
    failed = [number for number, (source, wanted) in enumerate(COMMONMARK, 1) if engine.render(source) != same(wanted)]
    assert len(COMMONMARK) == 652
    assert failed == []


def same(html: str) -> str:
    """An empty quotation with or without its line break is the same, as CommonMark's own runner has it."""
    return html.replace("<blockquote>\n</blockquote>", "<blockquote></blockquote>")


HOSTILE = {
    "brackets": "[" * 20_000, "brackets, closed": "[" * 10_000 + "]" * 10_000, "images": "![" * 10_000,
    "links": "[a](" * 5_000, "backticks": "`" * 20_000, "ticks of all lengths": "".join("`" * n + " " for n in range(1, 200)),
    "quotes": ">" * 20_000, "lists": "".join(" " * n + "- a\n" for n in range(190)), "stars": "*a " * 6_666,
    "underscores": "_a_" * 6_666, "entities": "&amp;" * 4_000, "html": "<a " * 6_666, "autolinks": "http://a" * 2_500,
    "plus and equals": "++a==b" * 3_333, "emoji": ":/ " * 6_666, "footnotes": "[^1]" * 5_000, "pipes": "|" * 10_000 + "\n" + "|-" * 5_000,
}  # fmt: skip


@pytest.mark.untraced
@pytest.mark.parametrize("name", HOSTILE)
def test_20_kb_of_anything_is_shown_within_a_second(name: str) -> None:
    text = HOSTILE[name]
    began = time.thread_time()
    shown = rendering.html(text, View.TOKENY).html
    assert at_rest(time.thread_time() - began) < 1.3
    assert shown != rendering.TOO_LONG
    warnings(text)


MEGABYTES = ("![", "[[]", "a@b.co ", "\u202e", "[a]: b\n", "> > > > a\n", "`a``", "*a ", "^[", '"', "<a ")


@pytest.mark.untraced
@pytest.mark.parametrize("unit", MEGABYTES if os.environ.get("SOAK") else random.Random(11).sample(MEGABYTES, 3))
def test_a_megabyte_of_anything_ends_within_two_seconds_or_is_refused_in_words(unit: str) -> None:
    text = (unit * 1_000_000)[:1_000_000]
    for run in (lambda: rendering.html(text, View.TOKENY), lambda: rendering.html(text), lambda: warnings(text)):
        began = time.thread_time()
        run()
        assert at_rest(time.thread_time() - began) < 2.5


def test_a_text_that_is_too_large_is_refused_in_words() -> None:
    assert "over Tokeny’s size limit" in rendering.html("a" * 1_100_000).html


DANGEROUS = (
    "<script", "<svg", "<math", "<style", "<iframe", "<form", "<object", "<embed", "<input", "<base", "<meta", "<link",
    "javascript:", "vbscript:", "data:text",
)  # fmt: skip


@pytest.mark.parametrize("payload", [*PAYLOADS, *GADGETS])
def test_nothing_that_runs_is_left_of_a_payload(payload: str) -> None:
    for view in View:
        html = rendering.html(payload, view).html
        tags = html_tags(html)
        assert not [tag for tag in tags for bad in DANGEROUS if tag.lower().startswith(bad)]
        assert not [tag for tag in tags if has_handler(tag)]
        assert not re.search(r'<img[^>]*src="\s*(?:[a-z]+:|//)', html, re.IGNORECASE)
    shown = redline("", payload).html
    assert html_tags(shown) == ["<ins>", "</ins>"]


def html_tags(html: str) -> list[str]:
    """As a browser would find them."""
    return re.findall(r"<[a-zA-Z/][^>]*>", html)


def has_handler(tag: str) -> bool:
    names = re.findall(r"\s([^\s=\"'<>/]+)\s*=", re.sub(r"=\s*\"[^\"]*\"|=\s*'[^']*'", "= ", tag))
    href = re.search(r'href="([^"]*)"', tag)
    bad_link = bool(
        href
        and not href[1].lower().startswith(("http:", "https:", "mailto:", "#", "/"))
        and ":" in href[1].split("/")[0]
    )
    return bad_link or any(
        name.lower().startswith(("on", "hx-", "data-", "style", "src", "formaction", "id", "class"))
        for name in names
        if name.lower() != "class" and not (tag.startswith("<img") and name.lower() == "src")
    )


@pytest.mark.parametrize(
    ("text", "in_tokeny", "reason"),
    [
        ("under section 12(c) of", "12©", "symbols"),
        ('the "Offering"', "“Offering”", "curly"),
        ("one -- two", "one – two", "dashes"),
        ("H~2~O and x^2^", "<sub>2</sub>O and x<sup>2</sup>", "subscript"),
        ("==marked== and ++put in++", "<mark>marked</mark> and <ins>put in</ins>", "highlights"),
        ("see www.sec.gov today", 'href="http://www.sec.gov"', "turns web addresses into links"),
        ("well :/ maybe", "well 😕 maybe", "emoji"),
        (
            "*[SEC]: Securities and Exchange Commission\n\nthe SEC",
            "<abbr>SEC</abbr>",
            "abbreviations",
        ),
        ("Term\n: Meaning", "<dt>Term</dt>", "definition lists"),
        ("::: warning\nmind\n:::", "mind", "containers"),
        ("fact[^1]\n\n[^1]: source", "<li", "footnotes"),
    ],
)
def test_what_differs_is_marked_with_its_reason(text: str, in_tokeny: str, reason: str) -> None:
    shown = rendering.html(text, View.TOKENY)
    assert in_tokeny in shown.html
    assert in_tokeny not in rendering.html(text, View.PLAIN).html or reason == "containers"
    assert 'class="differs-here"' in shown.html
    assert reason in "; ".join(why for _, why in shown.differences)
    assert shown.differences[0][0] >= 1


def test_what_is_alike_is_not_marked() -> None:
    assert rendering.html("A plain paragraph\n\n- with a list", View.TOKENY).differences == []


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (EXAMPLE, 9, "The link “wwww.google.com” is missing https://"),
        ("a\n\n![Plan](https://evil.example/p.png)", 3, "Image from evil.example"),
        ("a\n\n<img src=x>", 3, "Image from another site"),
        ("a\nb\x07c", 2, "Invisible control character (U+0007)"),
        ("a\x00", 1, "Tokeny can’t store it"),
        ("pay \u202e001", 1, "changes reading direction"),
        ("a\r\nb\nc", 1, "Mixed line endings"),
        ("a\n\n5. five", 3, "This list starts at 5. Tokeny’s editor numbers it from 1"),
        ("section 2(c) here", 1, "“(c)” becomes a symbol"),
        (
            "a\nsection 506\\(c) here",
            2,
            "“(c)” becomes a symbol in Tokeny’s editor, even with a backslash. Write (<!-- -->c)",
        ),
        ("<div>\n<p style=x>", 2, "“style” of <p> is dropped by Tokeny’s editor and here"),
        (
            "a\n\n<iframe src=x>",
            3,
            "<iframe> can act or load something, so it isn’t shown here. Tokeny’s editor keeps it",
        ),
        ('[x](https://a.example "said")', 1, "The tooltip “said” is dropped by Tokeny’s editor"),
        ("[x](javascript:alert(1))", 0, ""),
    ],
)
def test_warnings_name_their_line(text: str, line: int, says: str) -> None:
    found = warnings(text)
    if says:
        assert any(each.line == line and says in each.sentence for each in found), found


def test_what_keeps_its_letters_is_not_warned_of() -> None:
    assert "506(c)" in rendering.html("506(<!-- -->c)", View.TOKENY).html
    assert "506(c)" in rendering.html("506(<!-- -->c)").html
    assert warnings("506(<!-- -->c) and `(c)`") == []


def test_a_picture_from_elsewhere_is_not_fetched() -> None:
    html = rendering.html(
        "![The plan](https://cdn.example/p.png) and <img src='//x.example/y' alt='Y'>", View.TOKENY
    ).html
    assert html.count('<img alt="The plan">') == html.count('<img alt="Y">') == 1


def test_many_characters_to_warn_of_are_counted_once() -> None:
    began = time.thread_time()
    assert len(warnings("\u202e" * 180_000)) == 1
    assert len(warnings("\u202e\n" * 90_000)) == 100
    assert at_rest(time.thread_time() - began) < 2


def test_a_redline_marks_words_and_loses_no_sign() -> None:
    dice = random.Random(3)
    for _ in range(200):
        words = [
            dice.choice(["the", "offer", "<b>", "\n", " ", "&", "is", "not", "12(c)"])
            for _ in range(dice.randrange(40))
        ]
        before = "".join(words)
        for _ in range(dice.randrange(5)):
            words[dice.randrange(len(words) + 1) : dice.randrange(len(words) + 1)] = ["new"]
        after, shown = "".join(words), str(redline(before, "".join(words)).html)
        assert unescape(re.sub(r"<ins>.*?</ins>|</?del>", "", shown, flags=re.DOTALL)) == before
        assert unescape(re.sub(r"<del>.*?</del>|</?ins>", "", shown, flags=re.DOTALL)) == after
    began = time.perf_counter()
    words = [f"w{number % 90}" for number in range(1_900)]
    redline(" ".join(words), " ".join(reversed(words)))
    redline("\n\n".join(words), "\n\n".join(reversed(words)))
    assert time.perf_counter() - began < 10, (
        "a rewritten text is shown as taken out and put in, not compared for minutes"
    )
    assert "<del>may </del><ins>must </ins>" in redline("You may invest.", "You must invest.").html
