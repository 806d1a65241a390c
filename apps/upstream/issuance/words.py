"""Our labels for the API's codes, where its own are misspelled or in another case. Its words and their order stay, so that
staff recognize a status in Issuance; a code that is not listed here has the label that the API gives it."""

OURS: dict[str, dict[str, str]] = {
    "InvestmentStatus": {
        "not_received": "Not received",
        "payment_failed": "Payment failed",
        "cancelled": "Canceled",
        "not_approved": "Not approved",
        "accepted_escrow_closed": "Accepted, escrow closed",
    },
    "InvestorType": {"trust_ira": "Trust IRA"},
    "OfferingStatus": {"incomplete": "Incomplete"},
    "OfferingType": {
        "reg_a": "Reg A",
        "reg_d_506b": "Reg D 506(b)",
        "reg_d_506c": "Reg D 506(c)",
        "reg_s": "Reg S",
        "reg_cf": "Reg CF",
        "test_the_waters": "Testing the waters",
    },
    "ShareOrUnit": {"Shares": "Shares", "Units": "Units"},
    "CircularType": {
        "offering_circular": "Offering circular",
        "subscription_agreement": "Subscription agreement",
        "private_placement_memorandum": "Private placement memorandum",
    },
    "DefaultTimezone": {
        "US/Pacific": "Pacific Time",
        "US/Central": "Central Time",
        "US/Eastern": "Eastern Time",
        "UTC": "UTC",
    },
    "AccreditedInvestorType": {
        "net_worth": "Net worth over $1 million, alone or with spouse, excluding primary residence",
        "income": "Income over $200,000 ($300,000 with spouse) in each of the last two years, and expected again this year",
        "license": "Professional certification or license, such as FINRA Series 7, 65, or 82",
        "fund_assets": "Fund with more than $5 million in assets",
        "fund_owners": "Fund whose owners are all accredited investors",
    },
}
