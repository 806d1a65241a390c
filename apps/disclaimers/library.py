"""The views of the library: the list, its comparison with Tokeny, beginning and importing, and how many approvals a
team requires."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.listing import short_time
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.models import Tenant
from apps.tenants.permissions import Permission, may
from apps.tenants.sign_ins import tokeny
from apps.tenants.zones import zone_words

from . import approving, drafting, states, watching
from .forms import BeginForm
from .models import ApprovalsAsked, Disclaimer, UntrackedText, Watch
from .states import DisclaimerStatus, State
from .views import offerings_of, permissions

MOST_APPROVALS = 3
A_PAGE = 50
NAMED = 3
"""So many disclaimers out of sync are named one by one; more are counted."""


@for_member(can=Permission.VIEW_DISCLAIMERS)
@require_safe
def disclaimer_list(request: TenantRequest) -> HttpResponse:
    offerings, needed = offerings_of(request), request.tenant.approvals_needed
    asked = request.GET.get("tab", "")
    tab = asked if asked in TABS else ""
    page, shown, counts = library_page(request, tab)
    rows = [(each, status, offerings.get(str(each.offering), "")) for each, status in shown]
    tabs = [(name, label, counts.get(name), name == tab) for name, (label, _, _) in TABS.items()]
    context = {
        "rows": rows, "page": page, "tabs": tabs, "nothing_here": TABS[tab][2], "zone": zone_words(request.tenant.zone), "form": BeginForm(), "needed": needed, "may_set": may(request.role, Permission.MANAGE_CONNECTIONS),
        "choices": range(MOST_APPROVALS + 1), "asked": ApprovalsAsked.objects.filter(tenant=request.tenant).select_related("person").first(), **watch_context(request), **permissions(request),
    }  # fmt: skip
    return render(request, "disclaimers/list.html", context)


Listed = tuple[Disclaimer, DisclaimerStatus]
TABS: dict[str, tuple[str, Callable[[Listed], bool], str]] = {
    "": ("All", lambda listed: True, ""),
    "yours": ("Needs you", lambda listed: listed[1].is_yours, "Nothing is waiting for you."),
    "drafts": ("Drafts", lambda listed: listed[1].state is State.DRAFT, "No drafts in progress."),
    "live": ("Live", lambda listed: listed[0].live_id is not None, "No disclaimer is live."),
}
"""By name: the label, which disclaimers it shows, and what is said where there are none."""


def library_page(request: TenantRequest, tab: str) -> tuple[Page[Any], list[Listed], dict[str, int]]:
    """One page of a tab with what it shows, and how many each tab has; a library of several pages counts only where a tab
    is asked for, since each status has its price."""
    held = request.tenant.disclaimers.select_related("live").defer("live__text", "drift_text", "notes")
    number, pages = request.GET.get("page"), Paginator(held, A_PAGE)
    if tab or pages.count <= A_PAGE:
        every = with_status(request, list(held))
        counts = {name: sum(map(shows, every)) for name, (_, shows, _) in TABS.items()}
        of_tab = Paginator([each for each in every if TABS[tab][1](each)], A_PAGE).get_page(number)
        return of_tab, list(of_tab), counts
    page = pages.get_page(number)
    return page, with_status(request, list(page)), {}


def with_status(request: TenantRequest, held: list[Disclaimer]) -> list[Listed]:
    return list(zip(held, states.statuses_of(held, request.tenant, request.user), strict=True))


def watch_context(request: TenantRequest) -> dict[str, Any]:
    watch = Watch.objects.filter(tenant=request.tenant).first()
    return {
        "watch": watch,
        "checked_at": short_time(watch.checked_at, request.tenant.zone) if watch and watch.checked_at else "",
        "untracked": UntrackedText.objects.filter(tenant=request.tenant).count(),
        "drifted": drifted(request.tenant),
        "copies": watching.copies(request.tenant),
        "tokeny": tokeny.of_tenant(request.tenant),
        "is_fresh": watching.is_fresh(request.tenant),
    }


WORDS = {
    "changed": ("was changed in", "were changed in"),
    "gone": ("is missing from", "are missing from"),
    "hidden": ("was unpublished in", "were unpublished in"),
}
"""Of one disclaimer and of several, before the name of Tokeny."""


def drifted(tenant: Tenant) -> list[tuple[str, tuple[str, str], int, list[Disclaimer]]]:
    """Each kind of drift with its words, its number and first few disclaimers: 247 are a single sentence."""
    there = tenant.disclaimers.exclude(drift="").defer("drift_text", "notes")
    counts = there.order_by().values_list("drift").annotate(number=Count("pk"))
    return [(kind, WORDS[kind], number, list(there.filter(drift=kind)[:NAMED])) for kind, number in counts]


@for_member(can=Permission.VIEW_DISCLAIMERS)
@require_POST
def disclaimer_check(request: TenantRequest) -> HttpResponse:
    """Compares with Tokeny, unless someone just did. A fragment if the library was opened with a script."""
    if not watching.is_fresh(request.tenant) or "now" in request.POST:
        watching.compare(request.tenant)
    if request.htmx:
        return render(request, "disclaimers/_watch.html", watch_context(request) | permissions(request))
    return HttpResponseRedirect(reverse("disclaimer_list", args=[request.tenant.slug]))


@for_member(can=Permission.WRITE_DISCLAIMERS)
@require_POST
def disclaimer_begin(request: TenantRequest) -> HttpResponse:
    form = BeginForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Enter a title of up to 120 characters.")
        return HttpResponseRedirect(reverse("disclaimer_list", args=[request.tenant.slug]))
    made = drafting.begin(request.tenant, form.cleaned_data["title"], request.user)
    return HttpResponseRedirect(reverse("disclaimer_edit", args=[request.tenant.slug, made.pk]))


@for_member(can=Permission.WRITE_DISCLAIMERS)
@require_POST
def disclaimer_import(request: TenantRequest) -> HttpResponse:
    """Imports everything untracked at Tokeny, byte for byte."""
    untracked_texts = UntrackedText.objects.filter(tenant=request.tenant)
    made = [
        found
        for each in untracked_texts.iterator(chunk_size=20)
        if (found := watching.import_untracked(each, request.user))
    ]
    messages.success(request, f"{len(made)} imported from Tokeny as version 1 (live).")
    return HttpResponseRedirect(reverse("disclaimer_list", args=[request.tenant.slug]))


@for_member(can=Permission.MANAGE_CONNECTIONS, confirms=True)
@require_POST
def approvals_needed(request: TenantRequest) -> HttpResponse:
    """Sets the number, or asks another owner for a lower one; `confirm` or `keep` answers such a request."""
    given = request.POST.get("needed", "")
    library = HttpResponseRedirect(reverse("disclaimer_list", args=[request.tenant.slug]))
    if given not in map(str, range(MOST_APPROVALS + 1)):
        messages.error(request, f"Nothing changed. Enter a number of approvals from 0 to {MOST_APPROVALS}.")
        return library
    needed = f"{given} approval{'' if given == '1' else 's'}"
    try:
        messages.success(request, answered(request, int(given), needed))
    except approving.NotReviewed as why:
        messages.error(request, str(why))
    return library


def answered(request: TenantRequest, number: int, needed: str) -> str:
    """Raises NotReviewed."""
    in_force = f"From now on, {needed} by others {'is' if number == 1 else 'are'} required."
    if "keep" in request.POST:
        approving.keep_as_is(request.tenant, request.user)
        return "The number of required approvals stays as it is."
    if "confirm" in request.POST:
        approving.confirm_fewer(request.tenant, number, request.user)
        return in_force
    if approving.ask_for(request.tenant, number, request.user):
        return in_force
    return f"You asked for {needed}. Another owner must confirm it; until then, nothing changes."
