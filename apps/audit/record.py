"""`record(...)`: the one way into the record."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from structlog.contextvars import get_contextvars

from .models import Entry

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


def record(
    action: str, *, actor: "AbstractBaseUser | None", tenant: UUID | None = None, subject: str = "", **details: Any
) -> None:
    """Adds one entry. `details` hold ids, counts and our own words; never a value of an investor or of a filter."""
    Entry.objects.create(
        action=action,
        actor_id=actor.pk if actor else None,
        tenant=tenant,
        subject=subject,
        details=details,
        request_id=get_contextvars().get("request_id", ""),
    )
