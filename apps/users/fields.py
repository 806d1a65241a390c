"""The fields of a platform user. The password is only ever sent, so it is none of them."""

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
