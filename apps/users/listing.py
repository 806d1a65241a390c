"""The list of platform users, declared once."""

from apps.listing import NUMBER, TEXT, Column, Control, Filter, Listing, cells, text_search
from apps.tenants.models import FirebaseSignIn
from apps.tenants.permissions import DataClass, Permission
from apps.upstream.issuance.client import Issuance

from .fields import USER

IDENTITY, CONTACT = DataClass.IDENTITY, DataClass.CONTACT

KNOWN_AS = "thirdpartyissueruser__email"
FILTERS = (
    text_search("search", "Search", frozenset({IDENTITY, CONTACT}), frozenset({IDENTITY, CONTACT})),
    Filter(KNOWN_AS, "Email on file with the issuer", "User", TEXT, CONTACT, Control.TEXT),
    Filter("id", "User ID", "User", NUMBER, IDENTITY),
)
COLUMNS = (
    Column("id", "User ID", cells.link_to_row, size="ref", card="key"),
    Column("email", "Email", cells.cut, card="lead"),
)
USERS = Listing(
    name="user",
    plural="users",
    title="Platform users",
    about="People who sign in to invest. Live data from Issuance. You can add users and change their email or password; "
    "the API can’t delete or deactivate them, and has no user roles.",
    path="/api/users/",
    view_permission=Permission.VIEW_USERS,
    export_permission=Permission.EXPORT_USERS,
    create_permission=Permission.MANAGE_USERS,
    schema=USER,
    filters=FILTERS,
    columns=COLUMNS,
    default_ordering="-id",
    fetch_page=Issuance.list_users,
    fetch_row=Issuance.get_user,
    credential=FirebaseSignIn,
    cells={"id": cells.identifier},
)
