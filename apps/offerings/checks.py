"""Checks for settings of an offering that contradict each other or the plain words of the law.

Each gives a sentence and the fields concerned; the app reminds, it does not certify. Each has a fixture in
tests/offerings/test_checks.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.listing import as_decimal
from apps.upstream.decode import Json, Row
from apps.upstream.issuance.contract import Spec

from .fields import OFFERING

CF_LIMIT = Decimal(5_000_000)
"""Most that an issuer may raise under Regulation Crowdfunding in twelve months (17 CFR 227.100(a)(1))."""


@dataclass(frozen=True, slots=True)
class Rule:
    """`is_broken(row, today)`: whether the settings are as the sentence says; `today` in the offering's zone. `reads`:
    fields it looks at beside those it names."""

    fields: tuple[str, ...]
    sentence: str
    is_broken: Callable[[Row, date], bool]
    reads: tuple[str, ...] = ()


def is_open(row: Row) -> bool:
    return row.get("status") == "opened"


def is_cf(row: Row) -> bool:
    return row.get("type") == "reg_cf"


def is_on(row: Row, name: str) -> bool:
    return row.get(name) is True


def is_blank(value: Json) -> bool:
    return value is None or value == "" or value == []


def exceeds(row: Row, larger: str, smaller: str) -> bool:
    """Whether `larger` is more than `smaller`; an unreadable value exceeds nothing."""
    first, second = as_decimal(row.get(larger)), as_decimal(row.get(smaller))
    return first is not None and second is not None and first > second


def positive(row: Row, name: str) -> bool:
    return (as_decimal(row.get(name)) or Decimal(0)) > 0


def is_past(row: Row, today: date) -> bool:
    try:
        return date.fromisoformat(str(row.get("deadline_date"))) < today
    except ValueError:
        return False


def recipients(what: str, words: str) -> Rule:
    """An email that is enabled and has no recipients."""
    on, to = f"{what}_emails", f"{what}_recipients"
    return Rule(
        (on, to),
        f"{words} is on, but has no recipients.",
        lambda row, _: is_on(row, on) and is_blank(row.get(to)),
    )


RULES = (
    Rule(("type", "non_accredited_investors"), "Rule 506(c) permits sales to accredited investors only, but this offering allows non-accredited investors.", lambda row, _: row.get("type") == "reg_d_506c" and is_on(row, "non_accredited_investors")),
    Rule(("status", "deadline_date"), "The offering is open, but its deadline has passed.", lambda row, today: is_open(row) and is_past(row, today)),
    Rule(("archived", "status"), "The offering is archived but still open. Archiving only changes how it’s displayed, so people can still invest.", lambda row, _: is_on(row, "archived") and is_open(row)),
    Rule(("accredited_investors", "non_accredited_investors"), "The offering is open, but doesn’t allow accredited or non-accredited investors.", lambda row, _: is_open(row) and row.get("accredited_investors") is False and row.get("non_accredited_investors") is False, ("status",)),
    Rule(("unit_price",), "The offering is open but has no price.", lambda row, _: is_open(row) and not positive(row, "unit_price"), ("status",)),
    Rule(("signing_full_name", "signing_email"), "The offering is open, but no one is named to sign for the issuer.", lambda row, _: is_open(row) and is_blank(row.get("signing_full_name")), ("status",)),
    Rule(("min_investment_amount", "max_investment_amount"), "The minimum investment is higher than the maximum.", lambda row, _: exceeds(row, "min_investment_amount", "max_investment_amount")),
    Rule(("investment_increment_amount", "max_investment_amount"), "The investment increment is larger than the maximum investment.", lambda row, _: exceeds(row, "investment_increment_amount", "max_investment_amount")),
    Rule(("minimum_wire_transfer_amount", "max_investment_amount"), "The minimum for wire payment is higher than the maximum investment, so no one can pay by wire.", lambda row, _: exceeds(row, "minimum_wire_transfer_amount", "max_investment_amount")),
    Rule(("auto_accept_investments", "auto_accept_max_amount"), "Auto-accept is on with no maximum, so investments of any size are accepted and countersigned automatically.", lambda row, _: is_on(row, "auto_accept_investments") and is_blank(row.get("auto_accept_max_amount"))),
    Rule(("auto_accept_min_amount", "auto_accept_max_amount"), "The auto-accept minimum is higher than the maximum, so nothing will be auto-accepted.", lambda row, _: exceeds(row, "auto_accept_min_amount", "auto_accept_max_amount")),
    Rule(("wire_email_reminder_max_sent", "investment_email_reminder_max_sent", "support_email"), "Reminders are on, but there’s no support email for investors to contact.", lambda row, _: is_blank(row.get("support_email")) and (positive(row, "wire_email_reminder_max_sent") or positive(row, "investment_email_reminder_max_sent"))),
    recipients("daily_summary", "The daily summary email"),
    recipients("weekly_summary", "The weekly summary email"),
    recipients("per_investment_summary", "The per-investment email"),
    recipients("user_sent_max_monitoring", "The email-limit alert"),
    Rule(("other_platform_investment_notice", "other_platform_investment_notice_text"), "The other-platform notice is on, but has no text.", lambda row, _: is_on(row, "other_platform_investment_notice") and is_blank(row.get("other_platform_investment_notice_text"))),
    Rule(("display_circular", "circular_link", "circular_file"), "The offering document is set to be shown, but has no URL or file.", lambda row, _: is_on(row, "display_circular") and is_blank(row.get("circular_link")) and is_blank(row.get("circular_file"))),
    Rule(("circular_link",), "The offering document URL doesn’t start with https://, so browsers may warn investors or block it.", lambda row, _: not is_blank(row.get("circular_link")) and not str(row.get("circular_link")).startswith("https://")),
    Rule(("type", "minimum_amount_raised"), "A Reg CF offering needs a filing target, and none is set.", lambda row, _: is_cf(row) and not positive(row, "minimum_amount_raised")),
    Rule(("minimum_amount_raised", "reg_cf_amount_raised_tier"), "The Reg CF filing target is above the offering maximum, so funds can never be released from escrow.", lambda row, _: exceeds(row, "minimum_amount_raised", "reg_cf_amount_raised_tier")),
    Rule(("reg_cf_amount_raised_tier",), "The offering maximum is above $5,000,000, the Reg CF limit for a 12-month period.", lambda row, _: is_cf(row) and (as_decimal(row.get("reg_cf_amount_raised_tier")) or Decimal(0)) > CF_LIMIT, ("type",)),
    Rule(("type", "deadline_date"), "A Reg CF offering needs a deadline to reach its target, and none is set.", lambda row, _: is_cf(row) and is_blank(row.get("deadline_date"))),
    Rule(("email_investment_started_high_value", "email_investment_started_threshold"), "The high-value email is on with no threshold, so every investment counts as high-value.", lambda row, _: is_on(row, "email_investment_started_high_value") and not positive(row, "email_investment_started_threshold")),
    Rule(("share_or_unit", "share_or_unit_details"), "The offering sells units, but doesn’t say what a unit includes.", lambda row, _: row.get("share_or_unit") == "Units" and is_blank(row.get("share_or_unit_details"))),
)  # fmt: skip


def broken(row: Row, today: date) -> list[Rule]:
    """The rules that the settings break, in the order of RULES."""
    return [rule for rule in RULES if is_judged(rule, row) and rule.is_broken(row, today)]


def unjudged(row: Row) -> int:
    """How many rules concern fields that did not come, or were unreadable."""
    return sum(not is_judged(rule, row) for rule in RULES)


def is_judged(rule: Rule, row: Row) -> bool:
    looked_at = (*rule.fields, *rule.reads)
    return all(name in row and is_readable(row[name], OFFERING.specs[name]) for name in looked_at)


def is_readable(value: Json, spec: Spec) -> bool:
    """An empty value is readable and means that nothing is set. A word that the contract does not list may mean
    anything."""
    if is_blank(value):
        return True
    if spec.choices:
        return value in spec.choices
    if spec.type in ("decimal", "integer"):
        return as_decimal(value) is not None
    return isinstance(value, bool) if spec.type == "boolean" else spec.type != "date" or is_day(value)


def is_day(value: Json) -> bool:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True
