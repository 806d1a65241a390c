"""The filter line: what asks nothing is drawn once, what somebody asked is drawn for that page alone."""

from apps.listing.show.bar import drawn_unasked
from tests.conftest import Person
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox


def test_nothing_that_was_typed_is_kept(ana: Person, sandbox: Sandbox) -> None:
    drawn_unasked.cache_clear()
    first = ana.get(LIST)
    held = drawn_unasked.cache_info().currsize
    assert held >= 5
    asked = ana.get(f"{LIST}?amount__gte=1234.5&status__in=received&created_at__gte=2026-06-01&amount__lte=lots")
    assert 'value="1234.5' in asked
    assert "not applied" in asked
    assert drawn_unasked.cache_info().currsize <= held
    again = ana.get(LIST)
    assert drawn_unasked.cache_info().hits >= held
    line = slice(first.index('<form\n  class="bar"'), first.index("</form>", first.index('<form\n  class="bar"')))
    assert again[line] == first[line]


def test_a_team_sees_its_own_offerings_in_the_line(ana: Person, ben: Person, sandbox: Sandbox) -> None:
    ours, theirs = ana.get(LIST), ben.get(LIST.replace("acme", "borealis"))
    assert "Acme Robotics Reg A Tier 2" in ours
    assert "Acme Robotics" not in theirs
