"""Records whose data a staff member saw: ids and the names of filters, never their values."""

from collections.abc import Iterable
from typing import Any

from apps.audit.actions import Action
from apps.audit.record import record
from apps.listing.query.list_request import ListRequest
from apps.upstream.decode import Row, whole


def record_rows(list_request: ListRequest, what: str, rows: Iterable[Row], **details: Any) -> None:
    """`what`: listed or found."""
    note(list_request, Action(f"{list_request.listing.plural} {what}"), "", rows, **details)


def record_row(list_request: ListRequest, row: Row, number: int) -> None:
    name = list_request.listing.name
    note(list_request, Action(f"{name} viewed"), f"{name}:{number}", [row])


def note(list_request: ListRequest, action: Action, subject: str, rows: Iterable[Row], **details: Any) -> None:
    ids = [number for row in rows if (number := whole(row.get("id"))) is not None]
    record(action, actor=list_request.person, tenant=list_request.tenant.id, subject=subject, ids=ids, **details)
