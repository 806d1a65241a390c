"""The list of offerings, declared once."""

from apps.listing import MOMENT, NUMBER, TEXT, TRUTH, Column, Control, Filter, Listing, cells, choice, text_search
from apps.tenants.permissions import DataClass, Permission
from apps.upstream.issuance import contract
from apps.upstream.issuance.client import Issuance

from .cells import colour, exemption, link, long_text, picture, several
from .fields import OFFERING, UNITS

PLAIN = DataClass.PLAIN
ABOUT, ISSUER, DATES = "Offering", "Issuer", "Dates"

FILTERS = (
    text_search("search", "Search", frozenset({PLAIN}), frozenset({PLAIN})),
    choice("status", "Status", ABOUT, "OfferingStatus", PLAIN, Control.CHECKS),
    choice("type", "Exemption", ABOUT, "OfferingType", PLAIN, Control.CHECKS),
    Filter("archived", "Archived", ABOUT, TRUTH, PLAIN),
    Filter("name", "Offering name", ABOUT, TEXT, PLAIN),
    Filter("slug", "Slug", ABOUT, TEXT, PLAIN),
    Filter("id", "Offering ID", ABOUT, NUMBER, PLAIN),
    Filter("issuer", "Issuer ID", ISSUER, NUMBER, PLAIN),
    Filter("issuer__archived", "Issuer archived", ISSUER, TRUTH, PLAIN),
    Filter("opened_at", "Opened on", DATES, MOMENT, PLAIN),
)
TONES = {"incomplete": "open", "pending": "wait", "opened": "good", "closed": "gone", "paused": "bad"}
status_pill = cells.pill(contract.labels("OfferingStatus"), TONES)

COLUMNS = (
    Column("name", "Offering name", cells.link_to_row, card="lead"),
    Column("type", "Exemption", cells.of(OFFERING.specs["type"]), size="exemption", card="key"),
    Column("status", "Status", status_pill, size="money", card="sum"),
    Column("unit_price", "Price (USD)", cells.money, is_end=True, size="money"),
    Column("min_investment_amount", "Min. investment (USD)", cells.money, is_end=True, size="moment"),
    Column("max_investment_amount", "Max. investment (USD)", cells.money, is_end=True, size="moment", drop=2),
    Column("deadline_date", "Deadline to reach minimum", cells.day, size="offering"),
    Column("opened_at", "Opened on", cells.moment, size="moment", drop=1),
    Column("archived", "Archived", cells.truth, size="word", drop=1),
)

OFFERINGS = Listing(
    name="offering",
    plural="offerings",
    title="Offerings",
    about="Live data from Issuance. Read-only: change offerings in Issuance.",
    path="/api/offerings/",
    view_permission=Permission.VIEW_OFFERINGS,
    export_permission=Permission.EXPORT_OFFERINGS,
    schema=OFFERING,
    filters=FILTERS,
    columns=COLUMNS,
    facts=("status", "type", "unit_price", "deadline_date"),
    default_ordering="-id",
    fetch_page=Issuance.list_offerings,
    fetch_row=Issuance.get_offering,
    cells={
        "status": status_pill, "id": cells.identifier, "issuer": cells.identifier, "logo": picture, "favicon": picture,
        "type": exemption, "circular_link": link, "circular_file": link, "accent_color": colour, "background_accent_color": colour,
        "activity_accent_color": colour, "displayed_number_of_shares": several, "description": long_text,
        "displayed_test_the_waters_amounts": several, "messaging_consent_text": long_text,
        "other_platform_investment_notice_text": long_text, "share_or_unit_details": long_text,
    },
    units=UNITS,
)  # fmt: skip
