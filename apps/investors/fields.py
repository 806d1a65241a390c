"""The fields of an investor.

The contract defines only two; any others are shown under their own names. `likely` classifies the fields that an
investor's record most plausibly has, so that the roles meant to see names and contacts do. A field under any other name
is masked as unknown.
"""

from apps.listing import Field, Schema
from apps.tenants.permissions import DataClass
from apps.upstream.issuance import contract
from apps.upstream.issuance.contract import Spec

IDENTITY, CONTACT, PLAIN = DataClass.IDENTITY, DataClass.CONTACT, DataClass.PLAIN
ABOUT, NAMES, CONTACTS = "Investor", "Name", "Contact"

INVESTOR = Schema(
    (
        Field("id", "Investor ID", ABOUT, IDENTITY),
        Field("type", "Investor type", ABOUT, PLAIN),
    ),
    contract.fields("InvestorPerson") | {"type": Spec("type", "text", "", contract.labels("InvestorType"))},
    likely=(
        Field("name", "Entity name", NAMES, IDENTITY),
        Field("first_name", "First name", NAMES, IDENTITY),
        Field("last_name", "Last name", NAMES, IDENTITY),
        Field("user", "User ID", NAMES, IDENTITY),
        Field("email", "Email", CONTACTS, CONTACT),
        Field("phone", "Phone", CONTACTS, CONTACT),
    ),
)
