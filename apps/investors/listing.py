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
    choice("type", "Kind", ABOUT, "InvestorType", PLAIN, Control.CHECKS),
    Filter("id", "Number", ABOUT, NUMBER, IDENTITY),
    Filter("user", "User's number", USER, NUMBER, IDENTITY),
    Filter("user__thirdpartyissueruser__email", "User's e-mail", USER, TEXT, CONTACT),
)
COLUMNS = (
    Column("id", "Number", cells.link_to_row, size="ref", card="key"),
    Column("type", "Kind", cells.of(INVESTOR.specs["type"]), size="money", card="state"),
    Column("name", "Name", cells.cut, card="lead"),
    Column("first_name", "First name", cells.cut, drop=1),
    Column("last_name", "Last name", cells.cut, drop=1),
    Column("email", "E-mail", cells.cut, card="left"),
    Column("user", "User's number", cells.identifier, size="money", drop=2),
)
INVESTORS = Listing(
    name="investor",
    plural="investors",
    title="Investors",
    about="Read live from Issuance. Its description fixes number and kind; other fields are shown as they come.",
    path="/api/investors/",
    view_permission=Permission.VIEW_INVESTORS,
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
