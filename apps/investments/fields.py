"""The 35 fields of an investment, one row each: label, group on the detail page, and data class."""

from apps.listing import Field, Schema
from apps.tenants.permissions import DataClass
from apps.upstream.issuance import contract

IDENTITY, SIZE, FINANCIAL = DataClass.IDENTITY, DataClass.SIZE, DataClass.FINANCIAL
COMPLIANCE, PLAIN = DataClass.COMPLIANCE, DataClass.PLAIN

MONEY, PAYMENT, INVESTOR, CHECKS = "Amount and shares", "Payment", "Investor", "Compliance checks"
BONUS, DATES, REFERENCE = "Bonus and qualified shares", "Dates", "Investment"

INVESTMENT = Schema(
    (
        Field("reference_id", "Reference", REFERENCE, IDENTITY),
        Field("id", "Investment ID", REFERENCE, IDENTITY),
        Field("status", "Status", REFERENCE, PLAIN),
        Field("offering", "Offering", REFERENCE, PLAIN),
        Field("has_investor_signed", "Investor signed", REFERENCE, PLAIN),
        Field("user_browser_type", "Browser used", REFERENCE, PLAIN, help="At the time of investment"),
        Field("amount", "Amount", MONEY, SIZE),
        Field("shares_amount", "Share value", MONEY, SIZE),
        Field("quantity", "Shares or units", MONEY, SIZE),
        Field("price", "Price per share or unit", MONEY, PLAIN, help="Up to six decimals"),
        Field("price_fees", "Investment fees", MONEY, PLAIN),
        Field("price_payment_processing_fees", "Payment processing fees", MONEY, PLAIN),
        Field("payment_method", "Payment method", PAYMENT, PLAIN, help="As recorded by Issuance"),
        Field(
            "payment_intent_id",
            "Payment intent ID",
            PAYMENT,
            PLAIN,
            help="Use it to find the payment at the payment processor",
        ),
        Field("investor_individual_name", "Investor", INVESTOR, IDENTITY, help="The individual behind the investment"),
        Field("accredited_investor", "Accredited at investment", INVESTOR, FINANCIAL),
        Field("accredited_investor_type", "Accreditation basis", INVESTOR, FINANCIAL, help="As the investor stated it"),
        Field("net_worth", "Net worth at investment", INVESTOR, FINANCIAL),
        Field("annual_income", "Annual income at investment", INVESTOR, FINANCIAL),
        Field("us_person", "U.S. person at investment", INVESTOR, FINANCIAL),
        Field(
            "exempt_from_backup_withholding",
            "Exempt from backup withholding",
            INVESTOR,
            FINANCIAL,
            help="At the time of investment",
        ),
        Field(
            "amount_invested_in_reg_cf_offering_this_year",
            "Reg CF investments this year",
            INVESTOR,
            FINANCIAL,
            help="Collected because Reg CF requires it",
        ),
        Field(
            "processing_issue_statuses",
            "Blockers",
            CHECKS,
            COMPLIANCE,
            help="Everything that keeps this investment from clearing",
        ),
        Field(
            "investor_verify_process_status",
            "Verification status (deprecated)",
            CHECKS,
            COMPLIANCE,
            help="Use Blockers instead",
        ),
        Field("bonus_shares", "Bonus shares", BONUS, PLAIN),
        Field("bonus_shares_code", "Bonus share code", BONUS, PLAIN),
        Field("bonus_shares_percentage_tier", "Bonus share rate", BONUS, PLAIN),
        Field("bonus_shares_quantity_tier", "Bonus fixed quantity", BONUS, PLAIN, help="The fixed part of the bonus"),
        Field("quantity_qualified_shares", "Qualified shares", BONUS, PLAIN),
        Field("price_qualified_shares", "Price per qualified share", BONUS, PLAIN),
        Field("received_at", "Funds received", DATES, PLAIN),
        Field("invested_at", "Invested on", DATES, PLAIN),
        Field("processed_at", "Processed on", DATES, PLAIN),
        Field("refunded_at", "Refunded on", DATES, PLAIN),
        Field("updated_at", "Last updated", DATES, PLAIN),
    ),
    contract.fields("Investment"),
)

UNITS = {
    name: "USD"
    for name, spec in INVESTMENT.specs.items()
    if spec.type == "decimal" and not name.startswith("bonus_shares")
} | {"bonus_shares_percentage_tier": "%"}
