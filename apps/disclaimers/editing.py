"""The views of the editor: autosave, preview, and the writing guide beside it."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import markdown
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.listing import clock
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.permissions import Permission

from . import drafting, rendering
from .drafting import Conflict
from .line_ends import keep_ends
from .models import Disclaimer
from .redline import Comparisons, redline
from .rendering import LIVE_BYTES, View
from .strapi import budget
from .views import find_disclaimer
from .warnings import warnings

GUIDE = Path(__file__).resolve().parents[2] / "docs/guide/disclaimers.md"


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
        "disclaimer": disclaimer, "text": text, "revision": disclaimer.revision, "live_bytes": LIVE_BYTES, "guide": guide_beside(),
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
    if wants_json:
        return JsonResponse({"revision": draft.revision, "at": clock(draft.at, request.tenant.zone)})
    if "preview" in request.POST:
        shown = editor(request, disclaimer, text) | {"revision": draft.revision}
        return render(request, "disclaimers/edit.html", shown)
    messages.success(request, "The draft is saved.")
    return HttpResponseRedirect(reverse("disclaimer_edit", args=[request.tenant.slug, disclaimer.pk]))


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


@for_member(can=Permission.VIEW_DISCLAIMERS)
@require_safe
def writing_guide(request: TenantRequest) -> HttpResponse:
    html, toc = guide()
    return render(request, "disclaimers/guide.html", {"guide": html, "toc": toc})


@lru_cache(maxsize=1)
def guide_beside() -> SafeString:
    """The guide shown beside the editor: its headings below the page's own, without its anchors."""
    html = re.sub(r"<h1.*?</h1>", "", guide()[0])
    return mark_safe(re.sub(r"<(/?)h2[^>]*>", r"<\1h3>", html))  # noqa: S308 - our own file


@lru_cache(maxsize=1)
def guide() -> tuple[SafeString, SafeString]:
    """A trusted page of ours (docs/adr/0005), with its table of contents."""
    engine = markdown.Markdown(
        extensions=["toc", "admonition", "tables"], extension_configs={"toc": {"toc_depth": "2-2"}}
    )
    html = engine.convert(GUIDE.read_text())
    return mark_safe(html), mark_safe(engine.toc)  # noqa: S308 - our own file
