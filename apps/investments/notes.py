"""Staff notes on an investment, shown with the author, the time, and the status and amount as they were then."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST

from apps.audit.actions import Action
from apps.audit.record import record
from apps.listing import ListRequest, find_row, page_context, read_request, values
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.permissions import DataClass, Permission, may
from apps.upstream import errors
from apps.upstream.decode import Row
from apps.upstream.issuance.contract import labels

from .listing import INVESTMENTS
from .models import Note

MOST_LETTERS = 2_000


@for_member(can=Permission.VIEW_NOTES)
@require_POST
def write_note(request: TenantRequest, number: int) -> HttpResponse:
    """Reads the investment again, so that the quoted values are current, and a foreign investment gets no note."""
    list_request, text = read_request(request, INVESTMENTS), request.POST.get("text", "").replace("\r\n", "\n").strip()
    if number > values.GREATEST:
        raise Http404
    here = f"{list_request.list_url}{number}/{list_request.query.address}"
    if not list_request.key or list_request.query.problems:
        raise Http404
    if not text or len(text) > MOST_LETTERS:
        context = page_context(list_request) | shown(request, number)
        problem = (
            "Enter a note."
            if not text
            else f"Notes can have up to {MOST_LETTERS:,} characters. This one has {len(text):,}."
        )
        return render(
            request,
            "investments/note.html",
            context | {"number": number, "typed": text, "problem": problem},
            status=400,
        )
    row = quoted(list_request, number)
    note = Note.objects.create(
        tenant=request.tenant, investment=number, author=request.user, text=text,
        status=str(row.get("status") or "")[:60], amount=(values.sent_decimal(row.get("amount")) or "")[:60],
    )  # fmt: skip
    record(Action.NOTE_WRITTEN, actor=request.user, about=note, note=note.pk)
    messages.success(request, "Note saved." if row else UNQUOTED)
    return HttpResponseRedirect(f"{here}#notes")


UNQUOTED = "Note saved without status and amount, because Issuance didn’t respond."


@for_member(can=Permission.VIEW_NOTES)
@require_POST
def remove_note(request: TenantRequest, number: int, note: int) -> HttpResponse:
    """The author may remove a note; the audit log keeps that there was one."""
    found = Note.objects.filter(tenant=request.tenant, investment=number, pk=note, author=request.user).first()
    if found is None:
        raise Http404
    record(Action.NOTE_REMOVED, actor=request.user, about=found, note=found.pk)
    found.delete()
    messages.success(request, "Note deleted.")
    list_request = read_request(request, INVESTMENTS)
    return HttpResponseRedirect(f"{list_request.list_url}{number}/{list_request.query.address}#notes")


def quoted(list_request: ListRequest, number: int) -> Row:
    """The investment as it is now; {} if the API does not answer. Raises Http404 for one that is not this team's."""
    try:
        return find_row(list_request, number).row
    except errors.Missing:
        raise Http404 from None
    except errors.UpstreamError:
        return {}


def shown(request: TenantRequest, number: int, zone: ZoneInfo | None = None) -> dict[str, Any]:
    """The notes of a page; none for a role that may not see them."""
    if not may(request.role, Permission.VIEW_NOTES):
        return {"may_note": False}
    statuses = labels("InvestmentStatus")
    found = Note.objects.filter(tenant=request.tenant, investment=number).select_related("author")
    notes = [
        {
            "note": note,
            "at": values.short_time(note.at, zone or request.tenant.zone),
            "status": statuses.get(note.status, note.status) if DataClass.PLAIN in request.visible_classes else "",
            "amount": values.grouped(note.amount) if note.amount and DataClass.SIZE in request.visible_classes else "",
            "is_mine": note.author_id == request.user.pk,
        }
        for note in found
    ]
    return {"may_note": True, "notes": notes}
