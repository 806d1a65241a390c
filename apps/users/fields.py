"""The fields of a platform user. The password can only be sent, so it is not one of them."""

from apps.listing import Field, Schema
from apps.tenants.permissions import DataClass
from apps.upstream.issuance import contract

USER = Schema(
    (
        Field("email", "E-mail", "User", DataClass.CONTACT),
        Field("id", "Number", "User", DataClass.IDENTITY),
    ),
    contract.fields("User"),
)
