import random
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.exports.cells import harmless
from apps.listing import values
from apps.listing.schema import cells
from apps.listing.schema.cells import ABSENT, CellContext
from apps.upstream.decode import decode_json

NEW_YORK = ZoneInfo("America/New_York")
SHOWN = CellContext(NEW_YORK)


@given(
    st.decimals(min_value=-(10**12), max_value=10**12, places=6) | st.decimals(min_value=0, max_value=10**12, places=2)
)
def test_money_on_the_page_has_the_digits_that_were_sent(amount: Decimal) -> None:
    sent = format(amount, "f")
    html = cells.money(decode_json(f'"{sent}"'.encode()), {}, SHOWN)
    assert f'value="{sent}"' in html
    assert html.split(">")[1].split("<")[0].replace(",", "") == sent


@pytest.mark.untraced
def test_a_hundred_thousand_amounts_stand_in_page_and_file_as_sent() -> None:
    dice = random.Random(4)
    for _ in range(100_000):
        places = dice.choice((0, 1, 2, 2, 2, 6, 9))
        sent = f"{dice.randrange(-(10**14), 10**14) >> dice.randrange(47)}" + (
            f".{dice.randrange(10**places):0{places}}" if places else ""
        )
        row = decode_json(f'{{"amount":"{sent}"}}'.encode())
        assert isinstance(row, dict)
        html = cells.money(row["amount"], row, SHOWN)
        assert html.split(">")[1].split("<")[0].replace(",", "") == sent
        assert f'value="{sent}"' in html
        assert harmless(row["amount"]) == sent


@pytest.mark.parametrize(
    "sent", ["0.00", "-0.01", "000.10", "123456789012345678901234567890.123456789", "5.", ".5", "-.5"]
)
def test_odd_but_true_decimals_are_shown_as_sent(sent: str) -> None:
    assert f'value="{sent}"' in cells.money(sent, {}, SHOWN)


@pytest.mark.parametrize("sent", ["-", ".", "NaN", "Infinity", "1e5", "1,000", "١٢", " 5", "5\n", True, [1], {"a": 1}])
def test_what_is_no_decimal_is_one_marked_cell(sent: object) -> None:
    assert "Unreadable value" in cells.money(sent, {}, SHOWN)  # type: ignore[arg-type]


def test_a_number_instead_of_a_string_keeps_its_digits() -> None:
    assert 'value="1234.10"' in cells.money(decode_json(b"1234.10"), {}, SHOWN)
    assert "unreadable" in cells.money(decode_json(b"1e999"), {}, SHOWN)


@pytest.mark.parametrize("value", [None, "", ABSENT])
def test_null_blank_and_absent_are_told_apart_by_every_cell(value: object) -> None:
    for cell in (
        cells.text,
        cells.cut,
        cells.money,
        cells.number,
        cells.identifier,
        cells.moment,
        cells.truth,
        cells.offering,
    ):
        assert cell(value, {}, SHOWN) == cells.missing(value)  # type: ignore[arg-type]
    assert len({cells.missing(None), cells.missing(""), cells.missing(ABSENT)}) == 3


@pytest.mark.parametrize(
    ("text", "lookup", "wanted"),
    [
        ("2026-03-08", "gte", "2026-03-08T00:00:00-05:00"),
        ("2026-03-08", "lte", "2026-03-08T23:59:59.999999-04:00"),
        ("2026-11-01", "gte", "2026-11-01T00:00:00-04:00"),
        ("2026-11-01", "lte", "2026-11-01T23:59:59.999999-05:00"),
        ("2026-06-01T12:00", "gte", "2026-06-01T12:00:00-04:00"),
        ("2026-06-01T12:00:00Z", "gte", "2026-06-01T12:00:00+00:00"),
    ],
)
def test_a_day_has_23_to_25_hours_and_its_borders_say_so(text: str, lookup: str, wanted: str) -> None:
    assert values.moment(text, NEW_YORK, lookup) == wanted
    if len(text) == 10:
        assert values.as_day(wanted, NEW_YORK, lookup) == text
        assert values.as_day(wanted, NEW_YORK, "lte" if lookup == "gte" else "gte") == ""
        assert values.as_day(wanted, NEW_YORK, "") == ""


@pytest.mark.parametrize("text", ["1900-01-01T00:00:00Z", "2999-12-31T23:59:59-12:00"])
def test_a_moment_at_the_edge_of_the_years_is_no_days_border(text: str) -> None:
    assert values.as_day(values.moment(text, NEW_YORK, "gte"), NEW_YORK, "gte") == ""


@pytest.mark.parametrize(
    ("text", "lookup"), [("2026-03-08", ""), ("2026-03-08", "in"), ("20260308", "lte"), ("2026-W10-1", "gte")]
)
def test_what_is_neither_a_days_border_nor_a_time_is_refused(text: str, lookup: str) -> None:
    with pytest.raises(values.BadValue):
        values.moment(text, NEW_YORK, lookup)


@pytest.mark.parametrize(
    "sent", ["2026-11-01T08:30:00", "yesterday", "0001-01-01T00:00:00+14:00", "", 5, None, "9999-12-31T23:59:59-14:00"]
)
def test_a_moment_without_an_offset_or_out_of_reach_is_none(sent: object) -> None:
    assert values.sent_moment(sent) is None  # type: ignore[arg-type]


def test_a_moment_is_shown_in_the_zone_and_exact_in_its_title() -> None:
    html = (
        '<time datetime="2026-11-14T19:03:22.500000+00:00" title="2026-11-14 19:03:22 UTC">Nov 14, 2026, 2:03 PM</time>'
    )
    assert cells.moment("2026-11-14T13:03:22.5-06:00", {}, SHOWN) == html


def test_a_moment_is_said_short() -> None:
    at = datetime(2026, 11, 14, 19, 3, 22, tzinfo=UTC)
    assert values.short_time(at, NEW_YORK) == "Nov 14, 2026, 2:03 PM"


def test_a_whole_number_has_no_decimals_that_were_not_sent() -> None:
    assert [values.sent_decimal(sent) for sent in (32, Decimal("32.0"), "32", -7)] == ["32", "32.0", "32", "-7"]
