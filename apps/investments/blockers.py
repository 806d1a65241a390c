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
    "Custodian",
    "No one (automatic check)",
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
        _row("missing_investor_entity", "Investor details missing", "The investor hasn’t chosen who is investing: an individual, company, trust, or IRA.", INVESTOR, "Ask the investor to finish the investor details step."),
        _row("invalid_individual_tax_id_number", "Invalid individual tax ID", "The SSN or ITIN isn’t in a valid format or couldn’t be matched.", INVESTOR, "Ask the investor to correct it in their profile. Never take an SSN by email or in a note."),
        _row("invalid_entity_tax_id_number", "Invalid entity tax ID", "The company’s or trust’s EIN isn’t in a valid format or couldn’t be matched.", INVESTOR, "Ask the investor to correct the EIN in the entity’s details."),
        _row("country_not_allowed", "Country not allowed", "The investor is in a country this offering doesn’t accept.", ISSUER, "Confirm with counsel whether the country can be accepted. If not, cancel the investment in Issuance and refund any money received."),
        _row("missing_investor_signature", "Investor signature missing", "The subscription agreement hasn’t been signed by the investor.", INVESTOR, "Ask the investor to reopen the investment and sign."),
        _row("pending_ai", "Accreditation review pending", "Issuance doesn’t document this code. It appears while the accredited-investor check isn’t finished.", INVESTOR, "Open the investment in Issuance to see what is missing, and ask the investor for it. Under 506(c), don’t accept until accreditation is verified."),
        _row("missing_individual_investor_entity", "Individual details missing", "A company or trust is investing, but the details of the person acting for it are missing.", INVESTOR, "Ask the investor to add the authorized signer’s details."),
        _row("watchlist_processing", "Watchlist check in progress", "The investor is being screened against sanctions and other watchlists.", NOBODY, "No action now. If it hasn’t changed in two business days, contact Issuance support."),
        _row("watchlist_hits", "Watchlist hit", "The investor’s name resembles one on a sanctions or other watchlist. It may be a false match.", BROKER, "Send to compliance and the broker-dealer. Until they clear it, don’t accept, cancel, or refund it, and don’t discuss it with the investor."),
        _row("kyc_country_not_managed_by_trulioo", "KYC not supported in this country", "Automated identity checks don’t cover the investor’s country, so a manual review is needed.", BROKER, "Ask the investor to upload an ID in Issuance. The broker-dealer reviews it."),
        _row("kyc_unverified", "KYC not started", "The investor’s identity hasn’t been checked.", INVESTOR, "Ask the investor to complete their name, address, date of birth, and tax ID."),
        _row("kyc_failed", "KYC failed", "The identity check couldn’t verify the investor’s details.", INVESTOR, "Ask the investor to correct their details or upload an ID."),
        _row("kyc_processing", "KYC in progress", "The identity check is running.", NOBODY, "No action now. If it hasn’t changed in two business days, contact Issuance support."),
        _row("kyb_country_not_managed_by_trulioo", "KYB not supported in this country", "Automated business checks don’t cover the entity’s country, so a manual review is needed.", BROKER, "Ask the investor to upload the entity’s formation documents. The broker-dealer reviews them."),
        _row("kyb_unverified", "KYB not started", "The company or trust hasn’t been checked.", INVESTOR, "Ask the investor to complete the entity’s details."),
        _row("kyb_processing", "KYB in progress", "The business check is running.", NOBODY, "No action now. If it hasn’t changed in two business days, contact Issuance support."),
        _row("kyb_failed", "KYB failed", "The business check couldn’t verify the company or trust.", INVESTOR, "Ask the investor to correct the entity’s details or upload its formation documents."),
        _row("disallowed_us_state", "U.S. state not allowed", "The investor is in a state where this offering isn’t being sold.", ISSUER, "Check blue-sky and notice filings with counsel. If it can’t be sold there, cancel it in Issuance and refund any money received."),
        _row("upload_id_required", "ID upload required", "The identity check needs a government-issued ID.", INVESTOR, "Ask the investor to upload a passport or driver’s license."),
        _row("upload_kyb_document_required", "Business document required", "The business check needs a document.", INVESTOR, "Ask the investor to upload formation documents or the trust agreement."),
        _row("over_invested_investment", "Over investment limit", "This investment is above the investor’s legal limit or the offering’s limit.", INVESTOR, "Ask the investor to reduce the amount, and refund any excess. If their income or net worth is out of date, they must correct it themselves; don’t suggest figures."),
        _row("over_invested_offering", "Offering over maximum", "This investment would take the offering past its maximum.", ISSUER, "Handle it as your offering document says (reduce, waitlist, or refund). Raising the maximum needs counsel and an SEC filing (such as Form C/A or an amended Form 1-A)."),
        _row("ira_payment_processing", "IRA payment in progress", "The payment is coming from a retirement account and hasn’t arrived.", CUSTODIAN, "Wait for the custodian. If it’s been two weeks, ask the investor to call the custodian."),
        _row("custodial_account_not_approved", "Custodial account not approved", "The custodian hasn’t approved the account that will hold the securities.", CUSTODIAN, "Ask the investor to check with the custodian that the account application is complete."),
        _row("missing_offering_document_upload", "Required document missing", "The investor hasn’t uploaded a document this offering requires.", INVESTOR, "Ask the investor to upload it."),
        _row("offering_document_upload_to_review", "Document awaiting review", "The investor uploaded a document that hasn’t been reviewed.", ISSUER, "Review it in Issuance and accept or reject it."),
        _row("beneficial_owners_missing", "Beneficial owners missing", "The entity hasn’t listed its beneficial owners.", INVESTOR, "Ask the investor to add each person who owns 25% or more and one person who controls the entity."),
        _row("beneficial_owners_watchlist_processing", "Beneficial owner watchlist check in progress", "The entity’s beneficial owners are being screened against sanctions and other watchlists.", NOBODY, "No action now. If it hasn’t changed in two business days, contact Issuance support."),
        _row("beneficial_owners_watchlist_hits", "Beneficial owner watchlist hit", "A beneficial owner’s name resembles one on a sanctions or other watchlist. It may be a false match.", BROKER, "Send to compliance and the broker-dealer. Until they clear it, don’t accept, cancel, or refund it, and don’t discuss it with the investor."),
        _row("beneficial_owners_upload_id_required", "Beneficial owner ID required", "A beneficial owner’s identity check needs a document.", INVESTOR, "Ask the investor to upload an ID for each beneficial owner."),
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
        code,
        code,
        "Issuance sent a code that isn’t in its documentation.",
        "Not known",
        "Open the investment in Issuance.",
    )
