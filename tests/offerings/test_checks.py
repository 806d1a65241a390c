"""The settings check: each rule with one row that breaks it, and a row that breaks none."""

from datetime import date
from typing import Any

import pytest

from apps.offerings.checks import RULES, broken, unjudged
from apps.offerings.fields import OFFERING
from tests.conftest import Person
from tests.stand_in import Sandbox

TODAY = date(2026, 11, 24)
SOUND: dict[str, Any] = dict.fromkeys(OFFERING.specs) | {
    "type": "reg_a", "status": "opened", "archived": False, "accredited_investors": True, "non_accredited_investors": True,
    "unit_price": "12.50", "signing_full_name": "Robin Vale", "min_investment_amount": "250.00",
    "max_investment_amount": "250000.00", "support_email": "help@x.example", "wire_email_reminder_max_sent": 4,
    "deadline_date": "2027-01-01", "circular_link": "https://x.example/c",
}  # fmt: skip

BREAKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Under 506(c)", {"type": "reg_d_506c"}),
    ("its deadline has passed", {"deadline_date": "2026-11-23"}),
    ("archived, though it is open", {"archived": True}),
    ("neither accredited nor", {"accredited_investors": False, "non_accredited_investors": False}),
    ("open without a price", {"unit_price": "0.000000"}),
    ("no one is named to sign", {"signing_full_name": ""}),
    ("least that may be invested is more", {"min_investment_amount": "250000.01"}),
    ("step of the amount is more", {"investment_increment_amount": "300000.00"}),
    ("Wires are allowed from", {"minimum_wire_transfer_amount": "250000.01"}),
    ("without an upper limit", {"auto_accept_investments": True, "auto_accept_max_amount": None}),
    ("lower limit of automatic acceptance", {"auto_accept_min_amount": "10.00", "auto_accept_max_amount": "9.99"}),
    ("no support e-mail", {"support_email": ""}),
    ("The daily summary is on", {"daily_summary_emails": True, "daily_summary_recipients": ""}),
    ("The weekly summary is on", {"weekly_summary_emails": True, "weekly_summary_recipients": ""}),
    ("The mail on each investment is on", {"per_investment_summary_emails": True}),
    ("The warning about users", {"user_sent_max_monitoring_emails": True, "user_sent_max_monitoring_recipients": ""}),
    ("notice about other platforms is on", {"other_platform_investment_notice": True}),
    ("neither a link nor a file", {"display_circular": True, "circular_link": "", "circular_file": None}),
    ("does not begin with https", {"circular_link": "http://x.example/c"}),
    ("needs its filing target", {"type": "reg_cf", "minimum_amount_raised": None}),
    ("filing target is above the maximum", {"minimum_amount_raised": "2.00", "reg_cf_amount_raised_tier": "1.00"}),
    ("above $5,000,000", {"type": "reg_cf", "minimum_amount_raised": "1.00", "reg_cf_amount_raised_tier": "5000000.01"}),
    ("Crowdfunding offering needs a deadline", {"type": "reg_cf", "minimum_amount_raised": "1.00", "deadline_date": None}),
    ("every investment counts as large", {"email_investment_started_high_value": True, "email_investment_started_threshold": "0.00"}),
    ("not said what one is made of", {"share_or_unit": "Units", "share_or_unit_details": ""}),
)  # fmt: skip


def test_there_is_a_fixture_for_each_rule() -> None:
    assert len(BREAKS) == len(RULES) >= 15
    assert all(name in OFFERING.specs for rule in RULES for name in rule.fields)


def test_a_sound_offering_breaks_none() -> None:
    assert broken(SOUND, TODAY) == []
    assert broken({}, TODAY) == []
    assert unjudged({}) == len(RULES)
    assert unjudged(SOUND) == 0


@pytest.mark.parametrize(("words", "over"), BREAKS, ids=[words for words, _ in BREAKS])
def test_a_rule_finds_its_case_and_no_other_does(words: str, over: dict[str, Any]) -> None:
    found = [rule.sentence for rule in broken({**SOUND, **over}, TODAY)]
    assert len(found) == 1
    assert words in found[0]


def test_values_that_cannot_be_read_break_no_rule() -> None:
    assert broken({**SOUND, "min_investment_amount": "lots", "deadline_date": "soon", "support_email": 7}, TODAY) == []


def test_the_page_names_sentence_and_fields(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("changed", path="/api/offerings/1/", value={"archived": True})
    page = ana.get("/acme/offerings/1/")
    assert "The offering is archived, though it is open" in page
    assert "<small>Archived, Status</small>" in page
