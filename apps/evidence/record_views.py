"""Records of disclaimers: ask for one, watch it, have its file for a day."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.audit.actions import Action
from apps.audit.record import record
from apps.exports import files
from apps.jobs import queue
from apps.jobs.models import Job, State
from apps.listing import short_time
from apps.tenants.access import TenantRequest, for_member, head_asks_nothing
from apps.tenants.permissions import Permission
from apps.tenants.zones import zone_words

from . import asked as asking

SHOWN = 20
TOO_MANY = "Your team has too many exports under way. Wait until one is complete."
TONES = {State.QUEUED: "wait", State.RUNNING: "wait", State.DONE: "good", State.FAILED: "bad", State.CANCELED: "gone"}


@for_member(can=Permission.VIEW_AUDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def record_list(request: TenantRequest) -> HttpResponse:
    tenant, refused = request.tenant, ""
    held = Job.objects.filter(tenant=tenant, kind=files.RECORD).select_related("person")
    if request.method == "POST" and queue.are_many(tenant):
        refused = TOO_MANY
    elif request.method == "POST":
        if not held.filter(state__in=(State.QUEUED, State.RUNNING), asked={}).exists():
            job = queue.add(tenant, request.user, files.RECORD, {})
            record(Action.RECORD_REQUESTED, actor=request.user, about=job)
        return HttpResponseRedirect(reverse("record_list", args=[tenant.slug]))
    shown = [
        (job, State(job.state).label, TONES[State(job.state)], short_time(job.at, tenant.zone), has_file(job))
        for job in held[:SHOWN]
    ]
    context = {
        "records": shown,
        "is_open": any(job.is_open for job, *_ in shown),
        "refused": refused,
        "zone": zone_words(tenant.zone),
    }
    return render(request, "evidence/records.html", context, status=409 if refused else 200)


@for_member(can=Permission.VIEW_AUDIT, confirms=True)
@require_POST
def log_export(request: TenantRequest) -> HttpResponse:
    """The log as its page is filtered, with proofs."""
    asked, problems = asking.read(request.GET)
    if problems:
        return HttpResponseRedirect(f"{reverse('audit_log', args=[request.tenant.slug])}?{request.GET.urlencode()}")
    if queue.are_many(request.tenant):
        messages.error(request, TOO_MANY)
    else:
        job = queue.add(request.tenant, request.user, files.RECORD, {"log": asked.address[1:]})
        record(Action.RECORD_REQUESTED, actor=request.user, about=job, list="audit log", filters=asked.names)
    return HttpResponseRedirect(reverse("record_list", args=[request.tenant.slug]))


def has_file(job: Job) -> bool:
    name = job.result.get("file", "")
    return bool(name) and not files.is_over(job) and files.is_there(name)


@for_member(can=Permission.VIEW_AUDIT)
@head_asks_nothing
@require_safe
def record_file(request: TenantRequest, job: UUID) -> HttpResponseBase:
    found = Job.objects.filter(tenant=request.tenant, kind=files.RECORD, pk=job).first()
    if found is None or not has_file(found):
        raise Http404
    record(Action.RECORD_DOWNLOADED, actor=request.user, about=found)
    response = StreamingHttpResponse(files.pieces(found.result["file"]), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{found.result["sent_as"]}"'
    response["Content-Length"] = str(found.result["bytes"])
    return response
