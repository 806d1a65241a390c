"""The list of investors, declared once."""

from apps.listing import NUMBER, TEXT, Column, Control, Filter, Listing, cells, choice, text_search
from apps.tenants.models import FirebaseSignIn
from apps.tenants.permissions import KNOWN, DataClass, Permission
from apps.upstream.issuance.client import Issuance

from .fields import INVESTOR

IDENTITY, CONTACT, PLAIN = DataClass.IDENTITY, DataClass.CONTACT, DataClass.PLAIN
ABOUT, USER = "Investor", "User"

FILTERS = (
    text_search("search", "Search", KNOWN - {DataClass.FINANCIAL}, KNOWN),
    choice("type", "Investor type", ABOUT, "InvestorType", PLAIN, Control.CHECKS),
    Filter("id", "Investor ID", ABOUT, NUMBER, IDENTITY),
    Filter("user", "User ID", USER, NUMBER, IDENTITY),
    Filter("user__thirdpartyissueruser__email", "User email", USER, TEXT, CONTACT),
)
COLUMNS = (
    Column("id", "Investor ID", cells.link_to_row, size="ref", card="lead"),
    Column("type", "Investor type", cells.of(INVESTOR.specs["type"]), size="money", card="sum"),
    Column("name", "Entity name", cells.cut),
    Column("first_name", "First name", cells.cut, drop=1),
    Column("last_name", "Last name", cells.cut, drop=1),
    Column("email", "Email", cells.cut, card="key"),
    Column("user", "User ID", cells.identifier, size="money", drop=2),
)
INVESTORS = Listing(
    name="investor",
    plural="investors",
    title="Investors",
    about="Live data from Issuance. Issuance documents only ID and type; other fields appear as received.",
    path="/api/investors/",
    view_permission=Permission.VIEW_INVESTORS,
    export_permission=Permission.EXPORT_INVESTORS,
    schema=INVESTOR,
    filters=FILTERS,
    columns=COLUMNS,
    default_ordering="-id",
    fetch_page=Issuance.list_investors,
    fetch_row=Issuance.get_investor,
    values=Issuance.investor_values,
    credential=FirebaseSignIn,
    cells={"id": cells.identifier, "user": cells.identifier},
)
