"""The fields of an investor. The contract fixes two; those that come beside them are shown under their own names.

`likely` classifies what an investor's record most plausibly holds, so that the roles meant to see names and contacts do,
should it come under these names. Whatever comes under another name is masked as unknown.
"""

from apps.listing import Field, Schema
from apps.tenants.permissions import DataClass
from apps.upstream.issuance import contract
from apps.upstream.issuance.contract import Spec

IDENTITY, CONTACT, PLAIN = DataClass.IDENTITY, DataClass.CONTACT, DataClass.PLAIN
ABOUT, NAMES, CONTACTS = "Investor", "Name", "Contact"

INVESTOR = Schema(
    (
        Field("id", "Number", ABOUT, IDENTITY),
        Field("type", "Kind", ABOUT, PLAIN),
    ),
    contract.fields("InvestorPerson") | {"type": Spec("type", "text", "", contract.labels("InvestorType"))},
    likely=(
        Field("name", "Name", NAMES, IDENTITY),
        Field("first_name", "First name", NAMES, IDENTITY),
        Field("last_name", "Last name", NAMES, IDENTITY),
        Field("user", "User's number", NAMES, IDENTITY),
        Field("email", "E-mail", CONTACTS, CONTACT),
        Field("phone", "Phone", CONTACTS, CONTACT),
    ),
)
