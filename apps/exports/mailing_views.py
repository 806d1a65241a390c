"""A mailing list is asked for here: the investors of a view of investments."""

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.audit.actions import Action
from apps.audit.record import record
from apps.investments.listing import INVESTMENTS
from apps.investors.listing import INVESTORS
from apps.jobs import queue
from apps.jobs.models import Job
from apps.listing import SIZE, ListRequest, chips, counts, page_context, read_request
from apps.tenants import confirming, connections
from apps.tenants.access import TenantRequest, for_member, forbidden, head_asks_nothing
from apps.tenants.models import FirebaseSignIn
from apps.tenants.permissions import Permission, may
from apps.upstream import errors
from apps.upstream.transport import query_string

from . import files
from .asked import LABELS, Asked, Words
from .mailing import CONSENT, NAMES
from .matching import most_calls, room_beside
from .views import how_many, is_large, no_room, sources


class MailingForm(forms.Form):
    format = forms.ChoiceField(
        choices=[(each.value, label) for each, label in LABELS.items()], widget=forms.RadioSelect, initial="xlsx"
    )


@for_member(can=Permission.EXPORT_INVESTORS)
@head_asks_nothing
@require_http_methods(["GET", "HEAD", "POST"])
def mailing_create(request: TenantRequest) -> HttpResponse:
    if not may(request.role, Permission.EXPORT_INVESTMENTS):
        return forbidden(request, Permission.EXPORT_INVESTMENTS)
    list_request = read_request(request, INVESTMENTS)
    if list_request.query.problems or not list_request.key:
        return HttpResponseRedirect(list_request.list_url + f"?{request.GET.urlencode()}")
    sign_ins: list[FirebaseSignIn] = request.known.rows("sign_ins")
    form, refused = MailingForm(request.POST if request.method == "POST" else None), ""
    investments = how_many(list_request)
    if request.method == "POST" and sign_ins and form.is_valid():
        if is_large(investments) and (asked := confirming.ask(request)):
            return asked
        refused = no_room(request)
        if not refused:
            job = begin(list_request, form.cleaned_data["format"], investments)
            return HttpResponseRedirect(reverse("export_detail", args=[request.tenant.slug, job.pk]))
    investors = people(request, sign_ins)
    given = page_context(list_request) | {
        "form": form,
        "refused": refused,
        "chips": chips(list_request),
        "has_sign_in": bool(sign_ins),
        "investments": investments,
        "investors": investors,
        "most_calls": bound(list_request, investments, investors),
        "consent": CONSENT,
    }
    return render(request, "exports/mailing.html", given, status=409 if refused else 400 if form.errors else 200)


def bound(list_request: ListRequest, investments: int | None, investors: int | None) -> int | None:
    """The most calls that it can take, where both numbers are known."""
    if investments is None or not investors:
        return None
    return most_calls(investments, investors, SIZE, room_beside(query_string(list_request.query.sent)))


def people(request: TenantRequest, sign_ins: list[FirebaseSignIn]) -> int | None:
    """Investors of the team; None if the API does not say."""
    if not sign_ins:
        return None
    try:
        api = connections.issuance(sign_ins[0], request.request_id)
    except errors.UpstreamError:
        return None
    prefix = f"{request.tenant.id}:{request.role.value}:{sign_ins[0].pk}:{INVESTORS.name}"
    return counts.counts(lambda asked: INVESTORS.fetch_page(api, asked), [{}], prefix)[0].number


def begin(list_request: ListRequest, form: str, rows: int | None) -> Job:
    request, query = list_request.request, list_request.query
    asked = Asked(
        listing=INVESTMENTS.name,
        keys=[str(key.pk) for key in sources(list_request)],
        filters=dict(query.filters),
        sent=dict(query.sent),
        words=[each.sentence for each in chips(list_request)],
        columns=NAMES,
        format=form,
        values=Words.LABELS,
        zone=list_request.zone.key,
        address=query.address,
        rows=rows or 0,
        is_mailing=True,
    )
    job = queue.add(request.tenant, request.user, files.KIND, asked.kept())
    record(
        Action.EXPORT_REQUESTED,
        actor=request.user,
        about=job,
        list="mailing list",
        filters=list(query.filters),
        columns=list(NAMES),
        format=form,
    )
    return job
