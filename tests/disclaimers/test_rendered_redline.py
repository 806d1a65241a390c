"""The differences between two texts as they are read: nothing that came or went is missing, and what carries no word is
said."""

import random
import re
from html import unescape

import pytest

from apps.disclaimers import drafting, rendering
from apps.disclaimers.models import Disclaimer
from apps.disclaimers.redline import MOST_COMPARISONS, Comparisons
from apps.disclaimers.rendered_redline import IDENTICAL, SAME, UNSEEN, RenderedRedline, of_texts
from apps.disclaimers.rendering import View
from apps.disclaimers.strapi.budget import Budget
from tests.conftest import Person
from tests.disclaimers.conftest import LIST, member
from tests.disclaimers.payloads import GADGETS, PAYLOADS
from tests.disclaimers.test_budgets import HOSTILE, seconds
from tests.disclaimers.test_rendering import DANGEROUS, has_handler, html_tags

BLOCKS = (
    "# Risk factors", "You may lose **all** you invest.", "See the [circular](https://example.com/a) first.",
    "- one risk\n- a second risk\n- a third", "1. Read it\n2. Ask *a lawyer*", "> Past performance", "---",
    "| Fee | % |\n|---|---|\n| Placement | 7 |\n| Escrow | 1 |", "```\nif  a:\n    b\n```", "![The plan](plan.png)",
    "<div><p>raw</p></div>", "Rates & terms <x@example.com> 12(c)", "- outer\n  - inner one\n  - inner two",
)  # fmt: skip
WORDS = ("risk", "all", "**bold**", "fee", "[link](https://example.com/b)", "*new*", "&", "1%", "~~gone~~", "++under++")


def compared(before: str, after: str, view: View = View.PLAIN) -> RenderedRedline:
    found = of_texts(before, after, view, Budget(), Comparisons())
    assert found
    return found


def words(html: str, *, without: str = "none") -> str:
    left = re.sub(rf'<{without} data-mark="">.*?</{without}>', "", html, flags=re.DOTALL)
    return "".join(unescape(re.sub(r'<(?:[^>"]|"[^"]*")*>', "", left)).split())


@pytest.mark.parametrize("view", View)
def test_what_is_read_before_and_after_is_all_there(view: View) -> None:
    dice = random.Random(5)
    for _ in range(150):
        blocks = [dice.choice(BLOCKS) for _ in range(dice.randrange(1, 8))]
        before = "\n\n".join(blocks)
        for _ in range(dice.randrange(1, 4)):
            at = dice.randrange(len(blocks) + 1)
            blocks[at : at + dice.randrange(3)] = dice.choice(([], [dice.choice(BLOCKS)]))
        text = re.split(r"( )", "\n\n".join(blocks))
        for _ in range(dice.randrange(4)):
            text[dice.randrange(len(text))] = dice.choice(WORDS)
        after = "".join(text)
        shown = str(compared(before, after, view).html)
        assert words(shown, without="del") == words(rendering.bare(after, view, Budget())), (before, after)
        assert words(shown, without="ins") == words(rendering.bare(before, view, Budget())), (before, after)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "You may lose.",
            "You will lose.",
            '<p>You <del data-mark="">may </del><ins data-mark="">will </ins>lose.</p>',
        ),
        ("- a\n- b\n- c", "- a\n- c", '<li><del data-mark="">b</del></li>'),
        ("- a\n- c", "- a\n- b\n- c", '<li><ins data-mark="">b</ins></li>'),
        ("One.\n\nTwo.", "One.", '<p><del data-mark="">Two.</del></p>'),
        (
            "A ![x](a.png) b",
            "A ![x](b.png) b",
            '<del data-mark=""><img src="a.png" alt="x"></del><ins data-mark=""><img src="b.png" alt="x"></ins>',
        ),
    ],
)
def test_words_and_images_are_marked_where_they_stand(before: str, after: str, expected: str) -> None:
    assert expected in compared(before, after).html


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        ("[Read](https://a.example)", "[Read](https://b.example)", UNSEEN),
        ("Lose all.", "Lose **all**.", UNSEEN),
        ("Lose all.\n\n[x]: https://a.example", "Lose all.\n\n[x]: https://b.example", SAME),
        ("Lose\nall.", "Lose all.", SAME),
        ("Lose all.", "Lose all of it.", ""),
        ("Lose all.", "Lose all.", IDENTICAL),
    ],
)
def test_what_carries_no_word_is_said(before: str, after: str, note: str) -> None:
    assert compared(before, after).note == note


def test_a_text_cannot_mark_itself() -> None:
    shown = compared("Lose.", 'Lose. <ins data-mark class="tally">approved</ins> <del data-mark>all</del>').html
    assert '<ins><ins data-mark="">approved</ins></ins> <del><ins data-mark="">all</ins></del>' in shown
    assert "class" not in shown


@pytest.mark.parametrize("payload", [*PAYLOADS, *GADGETS])
def test_nothing_that_runs_comes_of_comparing(payload: str) -> None:
    for before, after in (("", payload), (payload, "Plain."), (payload, f"{payload[:20]} new {payload[20:]}")):
        shown = of_texts(before, after, View.TOKENY, Budget(), Comparisons())
        tags = [tag.replace(' data-mark=""', "") for tag in html_tags(shown.html if shown else "")]
        assert not [tag for tag in tags for bad in DANGEROUS if tag.lower().startswith(bad)]
        assert not [tag for tag in tags if has_handler(tag)]


@pytest.mark.parametrize("name", HOSTILE)
def test_comparing_anything_as_rendered_ends(name: str) -> None:
    before, after = (text[:200_000] for text in HOSTILE[name])
    comparisons = Comparisons()
    assert seconds(lambda: of_texts(before, after, View.TOKENY, Budget(), comparisons)) < 3
    assert 0 <= comparisons.left <= MOST_COMPARISONS


def test_the_approver_reads_the_text_with_its_changes_and_can_see_the_source(
    live: Disclaimer, ana: Person, cora: Person
) -> None:
    drafting.save(live, "You **will** lose all you invest.\n", live.revision, member(ana))
    drafting.send_for_approval(live, member(ana))
    shown = cora.get(f"{LIST}{live.pk}/versions/2/")
    assert '<strong><ins data-mark="">will</ins></strong>' in shown
    assert "1 added" in shown
    assert "1 removed" in shown
    assert "<pre" not in shown
    source = cora.get(f"{LIST}{live.pk}/versions/2/?show=source&from=1")
    assert "<ins>**will** </ins>" in source
    assert "from=1" in source


def test_a_text_too_long_to_compare_as_rendered_is_shown_as_source(live: Disclaimer, ana: Person, cora: Person) -> None:
    drafting.save(live, "Long. " * 40_000, live.revision, member(ana))
    drafting.send_for_approval(live, member(ana))
    shown = cora.get(f"{LIST}{live.pk}/versions/2/")
    assert "take too long to compare as rendered" in shown
    assert '<pre class="redline"' in shown
