"""The fields of a platform user. The password can only be sent, so it is not one of them."""

from apps.listing import Field, Schema
from apps.tenants.permissions import DataClass
from apps.upstream.issuance import contract

USER = Schema(
    (
        Field("email", "Email", "User", DataClass.CONTACT),
        Field("id", "User ID", "User", DataClass.IDENTITY),
    ),
    contract.fields("User"),
)
