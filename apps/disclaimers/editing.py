"""The views of the editor: autosave and preview."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.listing import of_day
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.permissions import Permission
from apps.tenants.zones import zone_words

from . import drafting, rendering, states
from .drafting import Conflict
from .line_ends import keep_ends
from .models import Disclaimer
from .redline import Comparisons, redline
from .rendering import LIVE_BYTES, View
from .strapi import budget
from .views import SUBMITTED, done, find_disclaimer
from .warnings import warnings


def text_of(request: TenantRequest) -> str:
    """A form sends CRLF and a script LF, whatever the text has; keep_ends restores the text's own line endings."""
    return request.POST.get("text", "").replace("\r\n", "\n")


@for_member(can=Permission.WRITE_DISCLAIMERS)
@require_http_methods(["GET", "HEAD", "POST"])
def disclaimer_edit(request: TenantRequest, number: int) -> HttpResponse:
    """GET: the editor. POST: saves; answers a script with JSON and a plain form with a page."""
    disclaimer = find_disclaimer(request, number)
    if request.method == "POST":
        return save(request, disclaimer)
    draft = disclaimer.draft
    return render(request, "disclaimers/edit.html", editor(request, disclaimer, draft.text if draft else ""))


def editor(request: TenantRequest, disclaimer: Disclaimer, text: str) -> dict[str, Any]:
    return {
        "disclaimer": disclaimer, "text": text, "revision": disclaimer.revision, "live_bytes": LIVE_BYTES,
        "status": states.status_of(disclaimer, request.tenant, request.user), "zone": zone_words(request.tenant.zone),
        **preview_of(request, text),
    }  # fmt: skip


def save(request: TenantRequest, disclaimer: Disclaimer) -> HttpResponse:
    text, base = text_of(request), request.POST.get("revision", "")
    wants_json = request.headers.get("Accept") == "application/json"
    begun_from = int(base) if base.isdecimal() and len(base) < 9 else 0
    try:
        text = keep_ends(text, drafting.text_at(disclaimer, begun_from))
        draft = drafting.save(disclaimer, text, begun_from, request.user)
    except Conflict as conflict:
        if wants_json:
            return JsonResponse({"conflict": True, "revision": conflict.theirs.revision}, status=409)
        return in_conflict(request, disclaimer, conflict, text)
    if "send" in request.POST and not wants_json:
        return sent_for_approval(request, disclaimer)
    if wants_json:
        return JsonResponse({"revision": draft.revision, "at": of_day(draft.at.astimezone(request.tenant.zone))})
    if "preview" in request.POST:
        shown = editor(request, disclaimer, text) | {"revision": draft.revision}
        return render(request, "disclaimers/edit.html", shown)
    messages.success(request, "Draft saved.")
    return HttpResponseRedirect(reverse("disclaimer_edit", args=[request.tenant.slug, disclaimer.pk]))


def sent_for_approval(request: TenantRequest, disclaimer: Disclaimer) -> HttpResponse:
    """What was just saved becomes a version; where it may not, the editor says why."""
    here = reverse("disclaimer_edit", args=[request.tenant.slug, disclaimer.pk])
    return done(request, disclaimer, lambda: drafting.send_for_approval(disclaimer, request.user), SUBMITTED, here)


def in_conflict(request: TenantRequest, disclaimer: Disclaimer, conflict: Conflict, mine: str) -> HttpResponse:
    """Shows both texts, each compared with what both started from. Saving here continues from theirs, so nothing is
    overwritten unseen."""
    shared = Comparisons()
    context = {
        "disclaimer": disclaimer, "copy": f"draft:{request.user.pk}:{request.tenant.slug}:{disclaimer.pk}", "mine": mine, "theirs": conflict.theirs, "revision": conflict.theirs.revision,
        "theirs_redline": redline(conflict.base, conflict.theirs.text, shared),
        "mine_redline": redline(conflict.base, mine, shared), "between": redline(conflict.theirs.text, mine, shared),
    }  # fmt: skip
    return render(request, "disclaimers/conflict.html", context, status=409)


@for_member(can=Permission.WRITE_DISCLAIMERS)
@require_POST
def disclaimer_preview(request: TenantRequest, number: int) -> HttpResponse:
    find_disclaimer(request, number)
    return render(request, "disclaimers/_preview.html", preview_of(request, text_of(request)))


def preview_of(request: TenantRequest, text: str) -> dict[str, Any]:
    view = View.TOKENY if request.POST.get("view") == View.TOKENY else View.PLAIN
    is_large = len(text.encode("utf-8", "replace")) > LIVE_BYTES and "preview" not in request.POST
    time = budget.Budget()
    return {
        "view": view.value,
        "rendered": None if is_large else rendering.html(text, view, time),
        "is_large": is_large,
        "warnings": warnings(text, time) if not is_large else [],
        "size": drafting.size(text),
        "is_blank": not text.strip(),
    }
