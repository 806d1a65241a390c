"""The views of one disclaimer: its history, approving, publishing, rolling back, and resolving differences with
Tokeny."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.audit.actions import Action
from apps.audit.record import record
from apps.listing import exact_time, sent_moment, short_time
from apps.tenants import label_cache
from apps.tenants.access import TenantRequest, for_member, forbidden
from apps.tenants.permissions import Permission, may
from apps.tenants.sign_ins import tokeny
from apps.tenants.zones import zone_words

from . import approving, drafting, publishing, rendering, states, waiting, watching
from .forms import AboutForm
from .models import AWAY, OPEN, Disclaimer, Push, PushState, Version
from .redline import Comparisons, redline
from .rendered_redline import of_texts
from .rendering import View
from .states import State
from .strapi.budget import Budget
from .warnings import warnings

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
RECEIPTS = 50
SUBMITTED = "Submitted for approval. This version can’t be changed; further edits start a new draft."


def find_disclaimer(request: TenantRequest, number: int) -> Disclaimer:
    """Raises Http404, for another team's as for none."""
    disclaimer = Disclaimer.objects.filter(tenant=request.tenant, pk=number).select_related("live").first()
    if disclaimer is None:
        raise Http404
    disclaimer.tenant = request.tenant
    return disclaimer


def version_of(disclaimer: Disclaimer, number: int) -> Version:
    version = disclaimer.versions.filter(number=number).select_related("author").first()
    if version is None:
        raise Http404
    return version


def permissions(request: TenantRequest) -> dict[str, bool]:
    return {
        "may_write": may(request.role, Permission.WRITE_DISCLAIMERS),
        "may_approve": may(request.role, Permission.APPROVE_DISCLAIMERS),
        "may_publish": may(request.role, Permission.PUBLISH_DISCLAIMERS),
    }


def offerings_of(request: TenantRequest) -> dict[str, str]:
    keys = request.known.rows("keys")
    return {number: name for key in keys for number, name in label_cache.known(key).offerings.items()}


@for_member(can=Permission.VIEW_DISCLAIMERS)
@GET_OR_POST
def disclaimer_detail(request: TenantRequest, number: int) -> HttpResponse:
    """Its status, next steps, versions and receipts; title, offering and notes are kept here."""
    disclaimer = find_disclaimer(request, number)
    rights = permissions(request)
    if request.method == "POST" and not rights["may_write"]:
        return forbidden(request, Permission.WRITE_DISCLAIMERS)
    held = {"title": disclaimer.title, "offering": disclaimer.offering, "notes": disclaimer.notes}
    form = AboutForm(request.POST or None, initial=held, offerings=offerings_of(request))
    if request.method == "POST" and form.is_valid():
        keep_about(request, disclaimer, form.cleaned_data)
        return back(request, disclaimer)
    context = shown(request, disclaimer) | rights | {"form": form}
    return render(request, "disclaimers/detail.html", context, status=400 if form.errors else 200)


def keep_about(request: TenantRequest, disclaimer: Disclaimer, given: dict[str, Any]) -> None:
    disclaimer.title, disclaimer.notes = given["title"], given["notes"]
    disclaimer.offering = int(given["offering"]) if given["offering"] else None
    disclaimer.save(update_fields=("title", "notes", "offering"))
    record(Action.DISCLAIMER_DESCRIBED, about=disclaimer, actor=request.user)
    messages.success(request, "Details saved.")


def shown(request: TenantRequest, disclaimer: Disclaimer) -> dict[str, Any]:
    latest, needed, zone = disclaimer.latest, request.tenant.approvals_needed, request.tenant.zone
    context = state_of(request, disclaimer)
    state, draft = context["status"].state, disclaimer.draft
    drifts = bool(disclaimer.live and disclaimer.drift == "changed")
    versions = disclaimer.versions.select_related("author").prefetch_related("reviews__person").defer("text")
    return context | {
        "latest": latest,
        "needed": needed,
        "approvals": approving.approvals(latest) if latest else 0,
        "is_mine": bool(latest and request.user.pk in latest.authors),
        "may_push": state is State.APPROVED or (state is State.DRIFTED and can_restore(disclaimer, needed)),
        "versions": [
            (each, short_time(each.at, zone), [(review, short_time(review.at, zone)) for review in each.reviews.all()])
            for each in versions
        ],
        "drift_redline": redline(disclaimer.live.text, disclaimer.drift_text) if drifts and disclaimer.live else "",
        "draft_is_ahead": bool(draft and draft.text and (latest is None or draft.text != latest.text)),
        "tokeny": tokeny.of_tenant(request.tenant),
        "zone": zone_words(zone),
        "offering_name": offerings_of(request).get(str(disclaimer.offering), ""),
        "steps": steps_of(request, latest) if latest else [],
    }


def steps_of(request: TenantRequest, version: Version) -> list[waiting.Step]:
    reviews = list(version.reviews.select_related("person"))
    return waiting.steps(version, reviews, request.tenant, waiting.team_of(request.tenant, request.user))


def state_of(request: TenantRequest, disclaimer: Disclaimer) -> dict[str, Any]:
    """What may change from one moment to the next while something is under way."""
    every = disclaimer.pushes.select_related("version", "person", "place").defer("version__text")
    are_all = request.GET.get("receipts") == "all"
    pushes = list(every if are_all else every[: RECEIPTS + 1])
    has_more = not are_all and len(pushes) > RECEIPTS
    pushes = pushes[:RECEIPTS] if has_more else pushes
    return {
        "disclaimer": disclaimer,
        "status": states.status_of(disclaimer, request.tenant, request.user),
        "receipts": [receipt(push, request) for push in pushes],
        "has_more_receipts": has_more,
        "detail_url": reverse("disclaimer_detail", args=[request.tenant.slug, disclaimer.pk]),
        "unsettled": publishing.unsettled(disclaimer),
        "asks_again": asks_again(disclaimer, pushes),
    }


def asks_again(disclaimer: Disclaimer, pushes: Iterable[Push]) -> int:
    """Seconds until the page polls again; 0 once all is settled: sent or not, and the live text read back."""
    states = {push.state for push in pushes}
    if states & set(OPEN):
        return 2
    is_read = all(push.read_back_sha256 for push in pushes if is_waiting(push, disclaimer))
    return 0 if is_read and PushState.UNKNOWN not in states else 10


def is_waiting(push: Push, disclaimer: Disclaimer) -> bool:
    return push.state == PushState.CONFIRMED and push.version_id == disclaimer.live_id and not disclaimer.drift


def can_restore(disclaimer: Disclaimer, needed: int) -> bool:
    latest = disclaimer.latest
    return bool(
        latest
        and (disclaimer.is_left or disclaimer.drift in AWAY)
        and latest != disclaimer.live
        and approving.is_approved(latest, needed)
    )


def receipt(push: Push, request: TenantRequest) -> dict[str, Any]:
    zone = request.tenant.zone
    times = {"asked": push.at, "sent": push.sent_at, "ended": push.ended_at, "given_up": push.given_up_at}
    return {
        "push": push,
        "state": state_words(push),
        "times": {name: exact_time(at, zone) for name, at in times.items() if at},
        "changed": exact_time(changed, zone) if (changed := sent_moment(push.tokeny_updated_at)) else "",
        "without": publishing.WITHOUT if not push.approvals else "",
        "may_give_up": push.state == PushState.UNKNOWN and push.looks >= len(publishing.LOOKS) and not push.copies,
        "is_read_back": push.read_back_sha256 == push.sha256,
        "is_live": push.version_id == push.disclaimer.live_id,
    }


def state_words(push: Push) -> str:
    if push.copies > 1:
        return "Published more than once"
    return (
        "Marked as not published"
        if push.given_up_at and push.state == PushState.REJECTED
        else PushState(push.state).label
    )


@for_member(can=Permission.VIEW_DISCLAIMERS)
@require_safe
def disclaimer_state(request: TenantRequest, number: int) -> HttpResponse:
    """The status alone, polled until all of it is settled."""
    disclaimer = find_disclaimer(request, number)
    return render(request, "disclaimers/_state.html", state_of(request, disclaimer) | permissions(request))


@for_member(can=Permission.VIEW_DISCLAIMERS)
@require_safe
def version_detail(request: TenantRequest, number: int, version: int) -> HttpResponse:
    """A version rendered, its warnings, and its changes against the live version or another (`from`)."""
    disclaimer = find_disclaimer(request, number)
    this = version_of(disclaimer, version)
    other = other_version(request, disclaimer, this)
    view, time = View.TOKENY if request.GET.get("view") == View.TOKENY else View.PLAIN, Budget()
    context = {
        "disclaimer": disclaimer, "version": this, "other": other, "view": view.value, "views": list(View),
        "rendered": rendering.html(this.text, view, time), "warnings": warnings(this.text, time),
        **changes(other, this, view, time, is_source=request.GET.get("show") == "source"),
        "reviews": this.reviews.select_related("person"),
        "others": disclaimer.versions.exclude(pk=this.pk), "at": short_time(this.at, request.tenant.zone),
        "is_mine": request.user.pk in this.authors, "is_latest": this == disclaimer.latest,
        "has_reviewed": this.reviews.filter(person=request.user).exists(), "steps": steps_of(request, this),
        "words": drafting.size(this.text).words, "zone": zone_words(request.tenant.zone), **permissions(request),
    }  # fmt: skip
    return render(request, "disclaimers/version.html", context)


def changes(other: Version | None, this: Version, view: View, time: Budget, *, is_source: bool) -> dict[str, Any]:
    """As rendered, unless the source is asked for or cannot be spared; each within the page's budgets."""
    comparisons = Comparisons()
    seen = None if is_source or not other else of_texts(other.text, this.text, view, time, comparisons)
    return {
        "seen": seen,
        "is_source": is_source,
        "redline": None if seen else redline(other.text if other else "", this.text, comparisons),
    }


def other_version(request: TenantRequest, disclaimer: Disclaimer, this: Version) -> Version | None:
    asked = request.GET.get("from", "")
    if asked.isdecimal() and len(asked) < 9:
        return version_of(disclaimer, int(asked))
    if disclaimer.live and disclaimer.live != this:
        return disclaimer.live
    return disclaimer.versions.filter(number__lt=this.number).first()


def back(request: TenantRequest, disclaimer: Disclaimer) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("disclaimer_detail", args=[request.tenant.slug, disclaimer.pk]))


REFUSALS = (drafting.NotSent, approving.NotReviewed, publishing.NotPushed)


def done(
    request: TenantRequest, disclaimer: Disclaimer, act: Callable[[], object], said: str, otherwise: str = ""
) -> HttpResponse:
    """Does it and says so, or says why not; nothing is lost either way. `otherwise`: where a refusal leads."""
    try:
        act()
    except REFUSALS as why:
        messages.error(request, str(why))
        return HttpResponseRedirect(otherwise) if otherwise else back(request, disclaimer)
    messages.success(request, said)
    return back(request, disclaimer)


@for_member(can=Permission.WRITE_DISCLAIMERS)
@require_POST
def disclaimer_send(request: TenantRequest, number: int) -> HttpResponse:
    disclaimer = find_disclaimer(request, number)
    return done(request, disclaimer, lambda: drafting.send_for_approval(disclaimer, request.user), SUBMITTED)


@for_member(can=Permission.APPROVE_DISCLAIMERS, confirms=True)
@require_POST
def version_review(request: TenantRequest, number: int, version: int) -> HttpResponse:
    disclaimer = find_disclaimer(request, number)
    this, approves = version_of(disclaimer, version), request.POST.get("verdict") == "approve"
    sha256, reason = request.POST.get("sha256", ""), request.POST.get("reason", "")

    def act() -> None:
        approving.review(this, sha256, request.user, reason, approves=approves)

    here = reverse("version_detail", args=[request.tenant.slug, disclaimer.pk, this.number])
    return done(request, disclaimer, act, f"You {'approved' if approves else 'rejected'} {this}.", here)


@for_member(can=Permission.WRITE_DISCLAIMERS)
@require_POST
def version_roll_back(request: TenantRequest, number: int, version: int) -> HttpResponse:
    disclaimer = find_disclaimer(request, number)
    this = version_of(disclaimer, version)
    said = f"Rolled back to {this} as a new version. It needs approval before it can be published."
    return done(request, disclaimer, lambda: drafting.roll_back(disclaimer, this, request.user), said)


@for_member(can=Permission.WRITE_DISCLAIMERS)
@require_POST
def drift_decide(request: TenantRequest, number: int) -> HttpResponse:
    """`adopt` what Tokeny holds, `restore` what was published, or `leave` it with a reason."""
    disclaimer, choice = find_disclaimer(request, number), request.POST.get("choice", "")
    reason = request.POST.get("reason", "").strip()
    if choice == "leave" and not reason:
        messages.error(request, "Enter a reason for accepting the difference.")
        return back(request, disclaimer)
    acts: dict[str, tuple[Callable[[], object], str]] = {
        "adopt": (lambda: watching.adopt(disclaimer, request.user), "Tokeny’s text was saved as a version."),
        "restore": (lambda: watching.restore(disclaimer, request.user), "The published text was restored as a new version. Publish it once it’s approved."),
        "leave": (lambda: watching.leave(disclaimer, request.user, reason), "Difference accepted. You won’t be alerted again unless the text changes."),
    }  # fmt: skip
    if choice not in acts:
        raise Http404
    return done(request, disclaimer, *acts[choice])
