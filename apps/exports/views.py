"""Exports of a team: begin one, watch it, have its file. A file is for who asked for it and for owners, as long as they may see
all that is in it; another's export does not exist."""

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.audit.actions import Action
from apps.audit.record import record
from apps.jobs import queue
from apps.jobs.models import Job, State
from apps.listing import Listing, ListRequest, chips, columns, counts, page_context, page_or_fragment, read_request
from apps.tenants import confirming, connections
from apps.tenants.access import TenantRequest, for_member, forbidden, head_asks_nothing
from apps.tenants.permissions import Permission, may
from apps.tenants.zones import zone_words
from apps.upstream import errors

from . import files, manifest
from .asked import LISTINGS, Asked
from .forms import ExportForm
from .here import conditions
from .showing import TOO_MANY, card, rows

A_PAGE = 50
LARGE = 1_000
"""Rows above which an export asks again who one is."""
MOST_IN_PAGE_ORDER = 5_000
"""Rows of a list that are read twice in the page's order; a larger one is read by ID."""
TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "jsonl": "application/jsonl"}


@head_asks_nothing
@require_http_methods(["GET", "HEAD", "POST"])
def export_create(request: TenantRequest, listing: Listing) -> HttpResponseBase:
    """The choices for an export of a list as its address asks for it, and its beginning."""
    list_request = read_request(request, listing)
    if list_request.query.problems or not list_request.key:
        return HttpResponseRedirect(f"{list_request.list_url}?{request.GET.urlencode()}")  # which says what is wrong
    shown = columns.chosen(list_request, columns.preference(list_request).columns)
    offered = columns.offered(listing, request.visible_classes)
    limits = conditions(listing, request.visible_classes)
    form = ExportForm(request.POST or None, shown=shown, offered=offered, conditions=limits)
    count, refused = how_many(list_request), ""
    if request.method == "POST" and form.is_valid():
        if is_large(count) and (asked := confirming.ask(request)):
            return asked
        refused = no_room(request)
        if not refused:
            job = begin(list_request, form, count)
            return HttpResponseRedirect(reverse("export_detail", args=[request.tenant.slug, job.pk]))
    given = page_context(list_request) | {
        "form": form,
        "refused": refused,
        "chips": chips(list_request),
        "count": rows(count),
        "by_page": keeps_order(count),
        "most_in_page_order": MOST_IN_PAGE_ORDER,
        "zone": zone_words(list_request.zone),
        "mailing_url": list_request.url("mailing") + list_request.query.address if has_mailing(list_request) else "",
        "action": list_request.url("export") + list_request.query.address,
    }
    fragments = {"export": "exports/_form.html"}
    return page_or_fragment(request, "exports/create.html", fragments, given, status=409 if refused else 200)


def is_large(count: int | None) -> bool:
    """Enough that one is asked again who one is; a number that is not known may be."""
    return count is None or count > LARGE


def no_room(request: TenantRequest) -> str:
    """Why the team may not begin another export now; "" if it may."""
    if queue.are_many(request.tenant):
        return TOO_MANY
    used = files.used(request.tenant) // 1_000_000
    if used >= settings.EXPORTS_MEGABYTES:
        return (
            f"Your team’s files take up {used:,} MB, and {settings.EXPORTS_MEGABYTES:,} MB is the limit. "
            "Delete a file first."
        )
    return ""


def has_mailing(list_request: ListRequest) -> bool:
    return list_request.listing is LISTINGS["investment"] and list_request.may(Permission.EXPORT_INVESTORS)


def keeps_order(count: int | None) -> bool:
    return count is not None and count <= MOST_IN_PAGE_ORDER


def begin(list_request: ListRequest, form: ExportForm, count: int | None) -> Job:
    request, query = list_request.request, list_request.query
    asked = Asked(
        listing=list_request.listing.name,
        keys=[str(key.pk) for key in sources(list_request)],
        filters=dict(query.filters),
        sent=dict(query.sent),
        words=[each.sentence for each in chips(list_request)],
        columns=form.chosen,
        format=form.cleaned_data["format"],
        values=form.cleaned_data["values"],
        zone=list_request.zone.key,
        address=query.address,
        here=form.limits,
        order=query.params["ordering"] if keeps_order(count) else "",
        rows=count or 0,
    )
    job = queue.add(request.tenant, request.user, files.KIND, asked.kept())
    record(
        Action.EXPORT_REQUESTED,
        actor=request.user,
        about=job,
        list=list_request.listing.plural,
        filters=[*query.filters, *asked.here],
        columns=list(asked.columns),
        format=asked.format,
    )
    return job


def sources(list_request: ListRequest) -> list[connections.Source]:
    return list_request.keys if list_request.wants_all_keys else [list_request.answering]


def how_many(list_request: ListRequest) -> int | None:
    """Rows in all; None if the API does not say."""
    request, found = list_request.request, 0
    for key in sources(list_request):
        try:
            api = replace(connections.issuance(key, request.request_id), tries=1)
        except errors.UpstreamError as error:
            connections.note_failure(key, error)
            return None
        prefix = f"{request.tenant.id}:{request.role.value}:{key.pk}:{list_request.listing.name}"
        ask = partial(list_request.listing.fetch_page, api)
        (counted,) = counts.counts(ask, [list_request.query.sent], prefix)
        if counted.number is None:
            return None
        found += counted.number
    return found


@for_member(can=Permission.VIEW_EXPORTS)
@require_safe
def export_list(request: TenantRequest) -> HttpResponse:
    page = Paginator(visible(request).exclude(state__in=(State.QUEUED, State.RUNNING)), A_PAGE).get_page(
        request.GET.get("page")
    )
    under_way = visible(request).filter(state__in=(State.QUEUED, State.RUNNING))
    given = {
        "open": [card(request, job) for job in under_way[: queue.MOST_OPEN]],
        "past": [card(request, job) for job in page],
        "page": page,
        "zone": zone_words(request.tenant.zone),
    }
    return render(request, "exports/list.html", given)


@for_member(can=Permission.VIEW_EXPORTS)
@require_safe
def export_detail(request: TenantRequest, job: UUID) -> HttpResponse:
    """Asks itself how far it is, as long as there is something to wait for."""
    found = mine(request, job)
    is_its_page = request.htmx.current_url_abs_path == request.path
    given = {"each": card(request, found), "was_watched": is_its_page and found.person_id == request.user.pk}
    template = "exports/_card.html" if request.htmx.target == f"export-{found.pk}" else "exports/detail.html"
    return render(request, template, given)


@for_member(can=Permission.VIEW_EXPORTS)
@require_POST
def export_cancel(request: TenantRequest, job: UUID) -> HttpResponse:
    found = mine(request, job)
    if queue.cancel(found):
        files.forget(found)
        record(Action.EXPORT_CANCELED, actor=request.user, about=found)
    return HttpResponseRedirect(reverse("export_list", args=[request.tenant.slug]))


@for_member(can=Permission.VIEW_EXPORTS)
@require_POST
def export_delete(request: TenantRequest, job: UUID) -> HttpResponse:
    found = mine(request, job)
    if files.delete(found):
        record(Action.EXPORT_DELETED, actor=request.user, about=found)
    return HttpResponseRedirect(reverse("export_list", args=[request.tenant.slug]))


@for_member(can=Permission.VIEW_EXPORTS)
@head_asks_nothing
@require_safe
def export_file(request: TenantRequest, job: UUID) -> HttpResponseBase:
    found = mine(request, job)
    asked = Asked.of(found.asked)
    if not asked.may_have(request.role):
        return forbidden(request, asked.of_listing.export_permission or Permission.VIEW_EXPORTS)
    name = found.result.get("file", "")
    if not name or files.is_over(found) or not files.is_there(name):
        return render(request, "exports/gone.html", {"each": card(request, found)}, status=410)
    sent_as = found.result["proof"]["manifest"]["file"]
    record(Action.EXPORT_DOWNLOADED, actor=request.user, about=found)
    response = StreamingHttpResponse(
        files.pieces(name), content_type=TYPES.get(asked.format, "text/csv; charset=utf-8")
    )
    response["Content-Disposition"] = f'attachment; filename="{sent_as}"'
    response["Content-Length"] = str(found.result["bytes"])
    return response


@for_member(can=Permission.VIEW_EXPORTS)
@require_safe
def export_manifest(request: TenantRequest, job: UUID) -> HttpResponse:
    found = mine(request, job)
    asked = Asked.of(found.asked)
    if "proof" not in found.result:
        raise Http404
    if not asked.may_have(request.role):
        return forbidden(request, asked.of_listing.export_permission or Permission.VIEW_EXPORTS)
    proof: dict[str, Any] = found.result["proof"]
    name = proof["manifest"]["file"] + manifest.ENDING
    record(Action.MANIFEST_DOWNLOADED, actor=request.user, about=found)
    response = HttpResponse(
        manifest.as_file(proof, {} if files.is_over(found) else found.result.get("beside", {})),
        content_type="application/json; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def visible(request: TenantRequest) -> Any:
    """Their own, and an owner all of the team's."""
    found = Job.objects.filter(tenant=request.tenant, kind=files.KIND).select_related("person", "tenant")
    return found if may(request.role, Permission.VIEW_ALL_EXPORTS) else found.filter(person=request.user)


def mine(request: TenantRequest, pk: UUID) -> Job:
    """Raises Http404."""
    found: Job | None = visible(request).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
