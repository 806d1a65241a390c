"""No text makes the server work without a bound: line ends and marked differences of 1 MB of anything, within two seconds."""

import time
from collections.abc import Callable

import pytest

from apps.disclaimers import drafting
from apps.disclaimers.line_ends import keep_ends
from apps.disclaimers.redline import IN_PART, MOST_COMPARISONS, TOO_MANY, Comparisons, redline
from apps.disclaimers.rendering import View
from apps.tenants.models import Tenant
from tests.conftest import Person
from tests.disclaimers.conftest import LIST, member, written
from tests.pace import at_rest

pytestmark = pytest.mark.untraced  # its time is what is tested

MB = 1_000_000


def seconds(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return at_rest(time.process_time() - began)


@pytest.mark.parametrize(
    ("before", "edited"),
    [
        ("\r" * 60_000 + "\n" * 60_000, lambda shown: shown + "x"),
        ("\r\n" * 8_000, lambda shown: "\n" + shown),
        ("a\r\nb\n" * 200_000, lambda shown: shown[:-1].replace("a", "c")),
        ("\r\n".join(str(number) for number in range(120_000)), lambda shown: shown[::-1]),
    ],
)
def test_line_ends_are_kept_in_one_pass(before: str, edited: Callable[[str], str]) -> None:
    shown = before.replace("\r\n", "\n").replace("\r", "\n")
    assert seconds(lambda: keep_ends(edited(shown), before)) < 2


@pytest.mark.parametrize(
    "before", ["a\r\n\r\n\nb\n\r\nc", "\r\n\n\r\n\n", "one\rtwo\nthree\r\n", "x\r\n", "\r\n", "\r\nx"]
)
def test_an_edit_changes_the_line_ends_of_no_other_line(before: str) -> None:
    shown = before.replace("\r\n", "\n").replace("\r", "\n")
    assert keep_ends(shown, before) == before
    assert keep_ends(f"new\n{shown}", before).endswith(before)
    assert keep_ends(f"{shown}more", before).startswith(before)
    assert keep_ends(f"new\n{shown}more", before).endswith(f"{before}more")


def test_a_line_between_two_edits_is_known_by_its_words() -> None:
    assert keep_ends("A\nkept\nalso kept\nB", "a\r\nkept\nalso kept\r\nb") == "A\r\nkept\nalso kept\r\nB"


HOSTILE = {
    "blank lines": ("\n" * MB, "x\n" * (MB // 2)),
    "two words": ("a b " * (MB // 4), "b a " * (MB // 4)),
    "lines in reverse": ("\n".join(map(str, range(150_000))), "\n".join(map(str, range(150_000, 0, -1)))),
    "many passages": (
        "\n".join(f"k{number}\n{'a b c d ' * 20}" for number in range(5000)),
        "\n".join(f"k{number}\n{'d c b a ' * 20}" for number in range(5000)),
    ),
    "every other line": ("\n".join(map(str, range(9000))), "\n".join(str(n) if n % 2 else "q" for n in range(9000))),
    "signs": ("<" * MB, "&" * MB),
    "blanks": (" " * MB, "\t" * MB),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_marking_1_mb_of_anything_three_times_ends(name: str) -> None:
    before, after = HOSTILE[name]
    budget = Comparisons()

    def page() -> None:
        for first, second in ((before, after), (after, before), (before, f"{before[:500]} edited {before[500:]}")):
            redline(first, second, budget)

    assert seconds(page) < 2
    assert 0 <= budget.left <= MOST_COMPARISONS


def test_what_is_not_marked_is_said() -> None:
    shown = redline(*HOSTILE["lines in reverse"])
    assert shown.note == TOO_MANY
    words = " ".join(f"w{number % 9}" for number in range(9_000))
    assert redline(words, " ".join(reversed(words.split(" ")))).note == IN_PART
    assert redline("You may invest.", "You must invest.").note == ""


def test_one_edit_in_a_long_text_is_marked_and_nothing_else() -> None:
    text = "".join(f"Line {number} of a long offering circular.\n" for number in range(20_000))
    shown = redline(text, text.replace("Line 9000 of a long", "Line 9000 of one long"))
    assert shown.note == ""
    assert "<del>a </del><ins>one </ins>" in shown.html
    assert shown.html.count("<del>") == shown.html.count("<ins>") == 1


def test_the_page_says_that_differences_are_too_many(ana: Person, max_: Person, acme: Tenant) -> None:
    before, after = (text[:200_000] for text in HOSTILE["lines in reverse"])
    made = written(acme, ana, before)
    drafting.save(made, after, 1, member(max_))
    shown = ana.post(f"{LIST}{made.pk}/edit/", text=f"{after[::-1]} mine", revision="1")
    assert shown.status == 409
    assert TOO_MANY in shown


@pytest.mark.parametrize("unit", ["![", "[[]", "> > a\n", "The Company shall **not** be liable.\n\n"])
def test_a_page_of_a_megabyte_ends_within_two_seconds(ana: Person, acme: Tenant, unit: str) -> None:
    made = written(acme, ana, (unit * MB)[:850_000])  # with each line end as two bytes on its way, as much as goes
    version = drafting.send_for_approval(made, member(ana))
    for view in View:
        asked = f"{LIST}{made.pk}/versions/{version.number}/?view={view.value}"
        assert seconds(lambda: ana.get(asked)) < 2.5  # noqa: B023
