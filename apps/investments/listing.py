"""The list of investments, declared once: filters, columns and tabs. Form, address, chips, table, file and tests
derive from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from apps.listing import (
    MOMENT,
    MONEY,
    NUMBER,
    TEXT,
    TRUTH,
    CellContext,
    Column,
    Control,
    Filter,
    Listing,
    Tab,
    Value,
    cells,
    choice,
    text_search,
)
from apps.tenants.permissions import KNOWN, DataClass, Permission
from apps.upstream.decode import Row
from apps.upstream.issuance import contract
from apps.upstream.issuance.client import Issuance

from .blockers import BLOCKERS, ISSUER, NOBODY, explain
from .fields import INVESTMENT, UNITS
from .stages import open_among

IDENTITY, CONTACT, SIZE = DataClass.IDENTITY, DataClass.CONTACT, DataClass.SIZE
COMPLIANCE, PLAIN = DataClass.COMPLIANCE, DataClass.PLAIN

ANY_BLOCKER = "_"
"""Every code holds an underscore and an empty list does not, so `processing_issue_statuses__contains=_` finds all blocked."""


def found_by(code: str) -> str:
    """The blocker's name. A code contained in another's finds that one too (`contains` compares text)."""
    others = [blocker.label for other, blocker in BLOCKERS.items() if code in other and code != other]
    return f"{BLOCKERS[code].label} (also finds: {', '.join(others)})" if others else BLOCKERS[code].label


GROUP, MONEY_GROUP, DATES, OFFERING, INVESTOR, CHECKS = (
    "Investment",
    "Amount",
    "Dates",
    "Offering",
    "Investor",
    "Compliance",
)

FILTERS = (
    text_search("search", "Search", KNOWN - {DataClass.FINANCIAL}, KNOWN, contract.labels("AccreditedInvestorType")),
    choice("status", "Status", GROUP, "InvestmentStatus", PLAIN, Control.CHECKS),
    Filter("offering", "Offering", OFFERING, NUMBER, PLAIN, Control.OFFERING),
    Filter("amount", "Amount", MONEY_GROUP, MONEY, SIZE, Control.RANGE),
    Filter("created_at", "Created", DATES, MOMENT, PLAIN, Control.DAYS),
    choice("investor__entity__kyc_status", "KYC status", CHECKS, "KycStatus", COMPLIANCE, Control.SELECT),
    Filter(
        "processing_issue_statuses",
        "Blocker",
        CHECKS,
        TEXT,
        COMPLIANCE,
        Control.SELECT,
        {ANY_BLOCKER: "Any blocker"} | {code: found_by(code) for code in BLOCKERS},
    ),
    Filter("investor__user__email", "Investor email", INVESTOR, TEXT, CONTACT),
    Filter("investor__user__entity__entityperson__last_name", "Investor last name", INVESTOR, TEXT, IDENTITY),
    Filter("investor__user__entity__entityperson__first_name", "Investor first name", INVESTOR, TEXT, IDENTITY),
    Filter("investor__entity__email", "Entity email", INVESTOR, TEXT, CONTACT),
    Filter("investor", "Investor ID", INVESTOR, NUMBER, IDENTITY),
    Filter("investor__entity", "Entity ID", INVESTOR, NUMBER, IDENTITY),
    Filter("investor__user", "User ID", INVESTOR, NUMBER, IDENTITY),
    choice("investor__type", "Investor type", INVESTOR, "InvestorType", PLAIN),
    Filter("id", "Investment ID", GROUP, NUMBER, IDENTITY),
    Filter("reference_id", "Reference", GROUP, TEXT, IDENTITY),
    Filter("shares_amount", "Share value", MONEY_GROUP, MONEY, SIZE),
    Filter("quantity", "Shares or units", MONEY_GROUP, NUMBER, SIZE),
    Filter("payment_method", "Payment method", MONEY_GROUP, TEXT, PLAIN),
    choice("requested_payment_method", "Requested payment method", MONEY_GROUP, "RequestedPaymentMethod", PLAIN),
    Filter("processed_at", "Processed on", DATES, MOMENT, PLAIN),
    Filter("updated_at", "Last updated", DATES, MOMENT, PLAIN),
    Filter("offering__name", "Offering name", OFFERING, TEXT, PLAIN),
    Filter("offering__slug", "Offering slug", OFFERING, TEXT, PLAIN),
    Filter("investmentapproval__is_approved", "Broker-dealer approved", CHECKS, TRUTH, COMPLIANCE),
    Filter("watchlistentity__has_hits", "Watchlist hit", CHECKS, TRUTH, COMPLIANCE),
)
TONES = {
    "started": "open", "not_received": "wait", "payment_failed": "bad", "received": "received", "cancelled": "gone",
    "refunded": "gone", "invested": "good", "approved": "approved", "not_approved": "bad", "accepted": "approved",
    "accepted_escrow_closed": "closed",
}  # fmt: skip


def status_text(value: Value, row: Row, shown: CellContext) -> str:
    return cells.as_word(shown.statuses)(value, row, shown)


@cells.cell(status_text)
def status_pill(value: Value, row: Row, shown: CellContext) -> str:
    """Uses the API's own labels, which may be newer than the contract's."""
    return cells.pill(shown.statuses, TONES)(value, row, shown)


ACTS = {ISSUER: "team", NOBODY: "no-one"}
"""Who acts on a blocker -> the look of its dot, where it is not someone else."""


def blocker_text(value: Value, row: Row, shown: CellContext) -> str:
    blockers = explain(value) if isinstance(value, str) else []
    return "; ".join(blocker.label for blocker in blockers) or cells.as_sent(value, row, shown)


@cells.cell(blocker_text)
def blocker_cell(value: Value, row: Row, shown: CellContext) -> str:
    """The first blocker and who must act, then how many more."""
    if value == "":
        return cells.nothing("No blocker")
    if not isinstance(value, str):
        return cells.missing(value) or cells.unreadable(value)
    blockers = explain(value)
    if not blockers:
        return cells.unreadable(value)
    first, *more = blockers
    rest = f' <span class="more">+{len(more)}</span>' if more else ""
    title = escape("; ".join(f"{blocker.label}: {blocker.who}" for blocker in (first, *more)))
    acts = f"blocker-{ACTS[first.who]}" if first.who in ACTS else "blocker"
    who = f'<span class="who">· {escape(first.who)}</span>'
    return f'<span class="cut blocker {acts}" title="{title}">{escape(first.label)}{rest} {who}</span>'


COLUMNS = (
    Column("reference_id", "Reference", cells.link_to_row, size="ref", card="key"),
    Column("investor_individual_name", "Investor", cells.cut, size="name", card="lead"),
    Column("amount", "Amount (USD)", cells.money, is_end=True, size="money", card="sum"),
    Column("status", "Status", status_pill, size="status", card="state"),
    Column("processing_issue_statuses", "Blocker / action required from", blocker_cell, card="line"),
    Column("offering", "Offering", cells.offering, size="offering", drop=2, card="left"),
    Column("payment_method", "Payment method", cells.cut, size="word", drop=1),
    Column("updated_at", "Last updated", cells.moment, size="moment", drop=3, card="right"),
)
TIMELINE = ("received_at", "invested_at", "processed_at", "refunded_at", "updated_at")
DEFAULT_ORDERING = "-id"

INVESTMENTS = Listing(
    name="investment",
    plural="investments",
    title="Investments",
    about="Live data from Issuance.",
    path="/api/investments/",
    view_permission=Permission.VIEW_INVESTMENTS,
    export_permission=Permission.EXPORT_INVESTMENTS,
    tabs=(Tab("Needs attention", "attention", Permission.VIEW_BLOCKERS),),
    schema=INVESTMENT,
    filters=FILTERS,
    columns=COLUMNS,
    facts=("status", "amount", "offering", "processing_issue_statuses"),
    sums=("amount", "shares_amount", "price_fees", "price_payment_processing_fees"),
    applied_here={
        "received_at": {},
        "invested_at": {},
        "refunded_at": {},
        "processing_issue_statuses": {code: blocker.label for code, blocker in BLOCKERS.items()},
    },
    dated=frozenset({
        "status", "offering", "amount", "created_at", "id", "reference_id", "shares_amount", "quantity", "payment_method",
        "requested_payment_method", "processed_at", "updated_at",
    }),
    undated=frozenset({"processing_issue_statuses", "investor_verify_process_status", "investor_individual_name"}),
    default_ordering=DEFAULT_ORDERING,
    fetch_page=Issuance.list_investments,
    fetch_row=Issuance.get_investment,
    values=Issuance.investment_values,
    learns="status",
    cells={"status": status_pill, "offering": cells.offering, "id": cells.identifier},
    cannot="Issuance can’t filter by the day funds were received, invested, or refunded. An export can be narrowed to such days.",
    units=UNITS,
)  # fmt: skip
PARAMETERS, SORTABLE = INVESTMENTS.parameters, INVESTMENTS.sortable


@dataclass(frozen=True, slots=True)
class Section:
    """A short list of what needs someone: the filters that find it beside an open status, and why it is shown."""

    label: str
    params: dict[str, str]
    why: str

    def asked(self, statuses: Iterable[str], beside: Mapping[str, str]) -> dict[str, str]:
        """`statuses`: all that there are; `beside`: what the page is narrowed to."""
        return {"status__in": open_among(statuses), **beside, **self.params}


ATTENTION_ROWS = 10
OLDEST_FIRST = "id"
NEEDS_ATTENTION = (
    Section(
        "Blocked",
        {"processing_issue_statuses__contains": ANY_BLOCKER},
        "Each one needs an action or is waiting on a check before it can clear.",
    ),
    Section(
        "Payment failed",
        {"status__in": "payment_failed"},
        "The payment didn’t go through. Ask the investor to retry or use another payment method.",
    ),
    Section(
        "KYC failed",
        {"investor__entity__kyc_status": "failed"},
        "The identity check failed. Ask the investor to correct their details or upload an ID.",
    ),
)
CLOSED_WITH_A_HIT = {"watchlistentity__has_hits": "true"}
