"""The 30 blocker codes in plain words: what each means, who must act, and what to do next.

Codes are the contract's (InvestorVerifyProcessStatus); one that it does not list is shown as sent.
"""

from dataclasses import dataclass

from apps.upstream.decode import Json
from apps.upstream.issuance.contract import labels

INVESTOR, ISSUER, BROKER, CUSTODIAN, NOBODY = (
    "Investor",
    "Your team",
    "Broker-dealer",
    "IRA custodian",
    "No one yet",
)


@dataclass(frozen=True, slots=True)
class Blocker:
    code: str
    label: str
    means: str
    who: str
    next: str


def _row(code: str, label: str, means: str, who: str, next: str) -> tuple[str, Blocker]:
    return code, Blocker(code, label, means, who, next)


BLOCKERS = dict(
    (
        _row("missing_investor_entity", "Investor details missing", "The investor has not said as whom they invest (person, company, trust).", INVESTOR, "Ask them to complete their investor details in the investment flow."),
        _row("invalid_individual_tax_id_number", "Personal tax ID not valid", "The person's tax number (SSN or ITIN) has the wrong form or does not match.", INVESTOR, "Ask them to correct the tax number in their profile."),
        _row("invalid_entity_tax_id_number", "Entity tax ID not valid", "The tax number (EIN) of the company or trust has the wrong form or does not match.", INVESTOR, "Ask them to correct the EIN in the entity's details."),
        _row("country_not_allowed", "Country not allowed", "The investor lives in a country that this offering does not accept.", ISSUER, "Check the offering's countries with counsel; otherwise refund the investor."),
        _row("missing_investor_signature", "Investor has not signed", "The subscription agreement waits for the investor's signature.", INVESTOR, "Ask them to open the investment again and sign."),
        _row("pending_ai", "Accreditation pending", "Proof that the investor is accredited is asked for and has not been settled.", INVESTOR, "Ask them to finish the accreditation check; then it is reviewed."),
        _row("missing_individual_investor_entity", "Person behind the entity missing", "A company or trust invests, and the details of the person who acts for it are missing.", INVESTOR, "Ask them to add the personal details of whoever signs."),
        _row("watchlist_processing", "Watchlist check running", "The name is being compared with sanctions and watch lists.", NOBODY, "Wait; it usually ends within a day."),
        _row("watchlist_hits", "Watchlist hit", "The name resembles one on a sanctions or watch list. It may be a namesake.", BROKER, "Leave the review to compliance and the broker-dealer; do not tell the investor the reason."),
        _row("kyc_country_not_managed_by_trulioo", "KYC not possible in this country", "The identity check does not cover the investor's country, so it must be done by hand.", BROKER, "Ask the investor for an ID document; the broker-dealer reviews it."),
        _row("kyc_unverified", "KYC not started", "The person's identity has not been checked yet.", INVESTOR, "Ask them to complete name, address, birth date and tax number."),
        _row("kyc_failed", "KYC failed", "The identity check did not find the person as they described themselves.", INVESTOR, "Ask them to correct their details or to upload an ID."),
        _row("kyc_processing", "KYC running", "The identity check is under way.", NOBODY, "Wait; it usually ends within minutes."),
        _row("kyb_country_not_managed_by_trulioo", "KYB not possible in this country", "The business check does not cover the company's country, so it must be done by hand.", BROKER, "Ask for the company's registration documents; the broker-dealer reviews them."),
        _row("kyb_unverified", "KYB not started", "The company or trust has not been checked yet.", INVESTOR, "Ask them to complete the entity's details."),
        _row("kyb_processing", "KYB running", "The business check is under way.", NOBODY, "Wait; it usually ends within a day."),
        _row("kyb_failed", "KYB failed", "The business check did not find the company or trust as described.", INVESTOR, "Ask them to correct the entity's details or to upload its documents."),
        _row("disallowed_us_state", "US state not allowed", "The investor lives in a state where this offering may not be sold.", ISSUER, "Check the state filings with counsel; otherwise refund the investor."),
        _row("upload_id_required", "ID needed", "The identity check asks for a document.", INVESTOR, "Ask them to upload a passport or driving licence."),
        _row("upload_kyb_document_required", "Business document needed", "The business check asks for a document.", INVESTOR, "Ask them to upload the registration or trust document."),
        _row("over_invested_investment", "Above the investor's limit", "This investment exceeds what the investor may invest by law or by the offering.", INVESTOR, "Ask them to lower the amount, or to correct income and net worth if these are wrong."),
        _row("over_invested_offering", "Offering is full", "With this investment the offering would pass its maximum.", ISSUER, "Decide whether to refund, to reduce, or to raise the offering's maximum."),
        _row("ira_payment_processing", "IRA payment under way", "The money comes from a retirement account and has not arrived.", CUSTODIAN, "Wait for the custodian; after two weeks ask the investor to call them."),
        _row("custodial_account_not_approved", "Custodial account not approved", "The account that is to hold the securities has not been approved.", CUSTODIAN, "Ask the investor to finish opening the account with the custodian."),
        _row("missing_offering_document_upload", "Document missing", "The offering asks for a document that the investor has not uploaded.", INVESTOR, "Ask them to upload the document that the offering asks for."),
        _row("offering_document_upload_to_review", "Document to review", "The investor has uploaded a document that nobody has reviewed.", ISSUER, "Review the document in Issuance and accept or refuse it."),
        _row("beneficial_owners_missing", "Beneficial owners missing", "The entity has not named its owners of 25 % or more.", INVESTOR, "Ask them to add each beneficial owner."),
        _row("beneficial_owners_watchlist_processing", "Owners' watchlist check running", "The beneficial owners are being compared with sanctions and watch lists.", NOBODY, "Wait; it usually ends within a day."),
        _row("beneficial_owners_watchlist_hits", "Watchlist hit on an owner", "A beneficial owner's name resembles one on a sanctions or watch list.", BROKER, "Leave the review to compliance and the broker-dealer; do not tell the investor the reason."),
        _row("beneficial_owners_upload_id_required", "Owners' ID needed", "The check of a beneficial owner asks for a document.", INVESTOR, "Ask them to upload an ID for each owner named."),
    )
)  # fmt: skip

if set(BLOCKERS) != set(labels("InvestorVerifyProcessStatus")):
    raise ValueError("blockers and contract differ")


def explain(value: Json) -> list[Blocker]:
    """The blockers of a comma-separated text, in its order; an unknown code is marked as such."""
    codes = [code.strip() for code in value.split(",") if code.strip()] if isinstance(value, str) else []
    return [BLOCKERS.get(code) or unknown(code) for code in codes]


def unknown(code: str) -> Blocker:
    return Blocker(
        code, code, "A reason that the API's description does not list.", "Unknown", "Look at it in Issuance."
    )
