"""The exact bytes of an entry that are hashed: what its columns say, in one order."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

AT = "%Y-%m-%d %H:%M:%S.%f"
"""UTC."""


class Content(msgspec.Struct):
    """`tenant`: its ID in hexadecimal digits."""

    action: str
    actor: int | None
    at: str
    details: Any
    request: str
    subject: str
    tenant: str | None


encode = msgspec.json.Encoder(order="deterministic").encode
decode = msgspec.json.Decoder(Content).decode


def content(
    at: datetime, tenant: UUID | None, actor: int | None, action: str, subject: str, details: Any, request: str
) -> bytes:
    """Keys come sorted, so that the same entry always makes the same bytes. `details`: may be msgspec.Raw, if made by `encode`."""
    return encode(Content(action, actor, at.strftime(AT), details, request, subject, tenant.hex if tenant else None))
