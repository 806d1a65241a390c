"""Fields that a role doesn't see, shown for one page of one investment to who says why. The reason is kept, never a value."""

from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST

from apps.audit.actions import Action
from apps.audit.record import record
from apps.listing import ListRequest, RowDetail, row_detail
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.permissions import REVEALED, Permission, may

from . import notes, showing
from .listing import INVESTMENTS

KEPT = ("key", "tz")
"""Of the address: filters would be asked with what is revealed."""


class RevealForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=200,
        help_text="For the audit log, where owners read it. Example: asked by the investor, call of Nov 14. No values.",
    )


def offered(request: TenantRequest) -> RevealForm | None:
    """The form, for those from whom something is hidden that they may reveal."""
    is_hidden = not request.visible_classes >= REVEALED
    return RevealForm() if is_hidden and may(request.role, Permission.REVEAL_FINANCIAL) else None


@for_member(can=Permission.REVEAL_FINANCIAL)
@require_POST
def investment_reveal(request: TenantRequest, number: int) -> HttpResponse:
    """The investment's page with all of it, as the answer to a form: it has no address and is kept nowhere."""
    form = RevealForm(request.POST)
    if not form.is_valid():
        return render(request, "investments/reveal.html", {"form": form, "number": number}, status=400)
    kept = QueryDict(mutable=True)
    kept.update({name: request.GET[name] for name in KEPT if name in request.GET})
    request.GET = kept  # type: ignore[assignment]
    beside = notes.shown(request, number)

    def describe(list_request: ListRequest, one: RowDetail) -> dict[str, Any]:
        record(
            Action.REVEALED,
            actor=request.user,
            tenant=request.tenant.id,
            subject=f"investment:{number}",
            classes=sorted(REVEALED),
            reason=form.cleaned_data["reason"],
        )
        request.visible_classes |= REVEALED
        return beside | showing.detail(list_request, one, number) | {"is_revealed": True}

    return row_detail(request, INVESTMENTS, number, "investments/detail.html", describe, beside)
