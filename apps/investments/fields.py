"""The 35 fields of an investment, one row each: label, group on the detail page, and data class."""

from apps.listing import Field, Schema
from apps.tenants.permissions import DataClass
from apps.upstream.issuance import contract

IDENTITY, SIZE, FINANCIAL = DataClass.IDENTITY, DataClass.SIZE, DataClass.FINANCIAL
COMPLIANCE, PLAIN = DataClass.COMPLIANCE, DataClass.PLAIN

MONEY, PAYMENT, INVESTOR, CHECKS = "Money and shares", "Payment", "Investor", "Checks"
BONUS, DATES, REFERENCE = "Bonus and qualified shares", "Dates", "Investment"

INVESTMENT = Schema(
    (
        Field("reference_id", "Reference", REFERENCE, IDENTITY),
        Field("id", "Number", REFERENCE, IDENTITY),
        Field("status", "Status", REFERENCE, PLAIN),
        Field("offering", "Offering", REFERENCE, PLAIN),
        Field("has_investor_signed", "Investor has signed", REFERENCE, PLAIN),
        Field("user_browser_type", "Browser when investing", REFERENCE, PLAIN),
        Field("amount", "Amount", MONEY, SIZE),
        Field("shares_amount", "Value of the shares", MONEY, SIZE),
        Field("quantity", "Shares", MONEY, SIZE),
        Field("price", "Price of a share", MONEY, PLAIN),
        Field("price_fees", "Fees", MONEY, PLAIN),
        Field("price_payment_processing_fees", "Payment processing fees", MONEY, PLAIN),
        Field("payment_method", "Payment method", PAYMENT, PLAIN),
        Field("payment_intent_id", "Payment at the processor", PAYMENT, PLAIN),
        Field("investor_individual_name", "Investor", INVESTOR, IDENTITY),
        Field("accredited_investor", "Accredited when investing", INVESTOR, FINANCIAL),
        Field("accredited_investor_type", "Ground of accreditation", INVESTOR, FINANCIAL),
        Field("net_worth", "Net worth when investing", INVESTOR, FINANCIAL),
        Field("annual_income", "Annual income when investing", INVESTOR, FINANCIAL),
        Field("us_person", "US person when investing", INVESTOR, FINANCIAL),
        Field("exempt_from_backup_withholding", "Exempt from backup withholding", INVESTOR, FINANCIAL),
        Field("amount_invested_in_reg_cf_offering_this_year", "Invested in Reg CF this year", INVESTOR, FINANCIAL),
        Field("processing_issue_statuses", "Blockers", CHECKS, COMPLIANCE),
        Field("investor_verify_process_status", "First blocker (deprecated)", CHECKS, COMPLIANCE),
        Field("bonus_shares", "Bonus shares", BONUS, PLAIN),
        Field("bonus_shares_code", "Bonus code", BONUS, PLAIN),
        Field("bonus_shares_percentage_tier", "Bonus percentage", BONUS, PLAIN),
        Field("bonus_shares_quantity_tier", "Bonus fixed part", BONUS, PLAIN),
        Field("quantity_qualified_shares", "Qualified shares", BONUS, PLAIN),
        Field("price_qualified_shares", "Price of a qualified share", BONUS, PLAIN),
        Field("received_at", "Money received", DATES, PLAIN),
        Field("invested_at", "Became invested", DATES, PLAIN),
        Field("processed_at", "Processed", DATES, PLAIN),
        Field("refunded_at", "Refunded", DATES, PLAIN),
        Field("updated_at", "Last changed", DATES, PLAIN),
    ),
    contract.fields("Investment"),
)

UNITS = {
    name: "USD"
    for name, spec in INVESTMENT.specs.items()
    if spec.type == "decimal" and not name.startswith("bonus_shares")
} | {"bonus_shares_percentage_tier": "%"}
