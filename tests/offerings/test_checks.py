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
    ("Rule 506(c) permits", {"type": "reg_d_506c"}),
    ("its deadline has passed", {"deadline_date": "2026-11-23"}),
    ("archived but still open", {"archived": True}),
    ("allow accredited or non-accredited", {"accredited_investors": False, "non_accredited_investors": False}),
    ("has no price", {"unit_price": "0.000000"}),
    ("no one is named to sign", {"signing_full_name": ""}),
    ("minimum investment is higher than the maximum.", {"min_investment_amount": "250000.01"}),
    ("increment is larger", {"investment_increment_amount": "300000.00"}),
    ("no one can pay by wire", {"minimum_wire_transfer_amount": "250000.01"}),
    ("on with no maximum", {"auto_accept_investments": True, "auto_accept_max_amount": None}),
    ("nothing will be auto-accepted", {"auto_accept_min_amount": "10.00", "auto_accept_max_amount": "9.99"}),
    ("no support email", {"support_email": ""}),
    ("The daily summary email is on", {"daily_summary_emails": True, "daily_summary_recipients": ""}),
    ("The weekly summary email is on", {"weekly_summary_emails": True, "weekly_summary_recipients": ""}),
    ("The per-investment email is on", {"per_investment_summary_emails": True}),
    ("email-limit alert", {"user_sent_max_monitoring_emails": True, "user_sent_max_monitoring_recipients": ""}),
    ("other-platform notice is on", {"other_platform_investment_notice": True}),
    ("no URL or file", {"display_circular": True, "circular_link": "", "circular_file": None}),
    ("start with https", {"circular_link": "http://x.example/c"}),
    ("needs a filing target", {"type": "reg_cf", "minimum_amount_raised": None}),
    ("filing target is above the offering maximum", {"minimum_amount_raised": "2.00", "reg_cf_amount_raised_tier": "1.00"}),
    ("above $5,000,000", {"type": "reg_cf", "minimum_amount_raised": "1.00", "reg_cf_amount_raised_tier": "5000000.01"}),
    ("needs a deadline", {"type": "reg_cf", "minimum_amount_raised": "1.00", "deadline_date": None}),
    ("counts as high-value", {"email_investment_started_high_value": True, "email_investment_started_threshold": "0.00"}),
    ("say what a unit includes", {"share_or_unit": "Units", "share_or_unit_details": ""}),
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
    assert "The offering is archived but still open." in page
    assert "<small>Archived, Status</small>" in page
