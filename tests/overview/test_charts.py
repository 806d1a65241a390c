"""Pictures of any figures: nothing, one, all zero, below zero, beyond the goal, ten years of weeks."""

import re
from xml.etree import ElementTree

import pytest

from apps.overview import charts
from apps.overview.charts import Part, Week

HOSTILE = '"><script>alert(1)</script>&'
AMOUNTS = {
    "none": [],
    "one": [5],
    "zero": [0, 0, 0],
    "negative": [-5, 10, -20],
    "only negative": [-5, -1],
    "huge": [10**18, 1, 10**18],
    "ten years": [7 * number % 100 for number in range(520)],
}


def drawn(picture: str) -> ElementTree.Element:
    """Well-formed; widths and heights are never below zero, nor beyond the picture."""
    root = ElementTree.fromstring(picture)  # noqa: S314 - our own
    for rect in root.iter("rect"):
        width = rect.attrib["width"]
        assert 0 <= float(width.rstrip("%")) <= (100.01 if width.endswith("%") else 100_000)
        assert float(rect.attrib["height"]) >= 0
        assert float(rect.attrib.get("y", 0)) >= -0.01
        if "%" in rect.attrib.get("x", ""):
            assert float(rect.attrib["x"].rstrip("%")) + float(width.rstrip("%")) <= 100.1
    return root


@pytest.mark.parametrize("amounts", AMOUNTS.values(), ids=AMOUNTS)
def test_every_picture_of_any_amounts(amounts: list[int]) -> None:
    parts = [Part(amount, "m1") for amount in amounts]
    drawn(charts.goal_bar(parts, [0, 10, 10**20], HOSTILE))
    drawn(charts.goal_bar(parts, [], HOSTILE))
    drawn(charts.columns(amounts, 22, "spark", is_over=False, width="76"))
    drawn(charts.ages([max(0, amount) for amount in amounts][:4], HOSTILE))
    drawn(charts.stage(sum(amounts), 7, "m1"))
    weeks = [
        Week(HOSTILE, HOSTILE, HOSTILE, (amount, -amount), amount, number < len(amounts) - 1)
        for number, amount in enumerate(amounts)
    ]
    root = drawn(charts.by_week(weeks, [5, -5], ("col", "col-2")))
    assert len(list(root.iter("a"))) == len(amounts)
    assert len(list(root.iter("text"))) <= 6
    assert "<script" not in ElementTree.tostring(root, encoding="unicode")


def test_what_is_beyond_the_goal_ends_at_the_edge() -> None:
    root = drawn(charts.goal_bar([Part(300, "m1"), Part(100, "m2")], [200], "said"))
    widths = [rect.attrib["width"] for rect in root.iter("rect")]
    assert widths == ["75.00%", "25.00%"]
    assert [line.attrib["x1"] for line in root.iter("line")] == ["50.00%"]


def test_an_unfinished_week_is_paler() -> None:
    weeks = [Week("Nov 16", "said", "/", (1,), 1, True), Week("Nov 23", "said", "/", (1,), 2, False)]
    looks = re.findall(r'class="(col[^"]*)"', charts.by_week(weeks, [], ("col",)))
    assert looks == ["col", "col sofar"]


def test_a_picture_says_what_it_shows_or_nothing() -> None:
    assert 'role="img" aria-label="3 under 3 days"' in charts.ages([3], "3 under 3 days")
    assert 'aria-hidden="true"' in charts.stage(1, 2, "m1")
    assert "<title>Week of Nov 16: $1 received</title>" in charts.by_week(
        [Week("Nov 16", "Week of Nov 16: $1 received", "/", (1,), 1, True)], [], ("col",)
    )
