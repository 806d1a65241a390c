"""Which emails a person wants, and the link in each of them that ends its kind."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.audit.actions import Action
from apps.audit.record import record
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.models import Membership
from apps.tenants.permissions import Permission, Role

from . import telling
from .models import Kind


@for_member(can=Permission.VIEW_INVESTMENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def notice_choices(request: TenantRequest) -> HttpResponse:
    """The kinds that the role may be told of, each with a tick."""
    offered = [kind for kind in Kind if telling.may_be_told_of(request.role, kind)]
    if request.method == "POST":
        ticked = request.POST.getlist("kinds")
        for kind in offered:
            telling.choose(request.tenant, request.user.pk, kind, is_wanted=kind.value in ticked)
        record(Action.NOTICES_CHOSEN, actor=request.user, tenant=request.tenant.id, wanted=ticked)
        messages.success(request, "Email choices saved.")
        return HttpResponseRedirect(reverse("notice_choices", args=[request.tenant.slug]))
    kinds = [(kind, telling.wants(request.tenant, request.user.pk, kind)) for kind in offered]
    return render(request, "notices/choices.html", {"kinds": kinds})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def notice_stop(request: HttpRequest, token: str) -> HttpResponse:
    """For whoever holds the email, signed in or not: a mail program asks by POST alone (RFC 8058). A GET changes nothing, since
    scanners follow links."""
    found = telling.stopped(token)
    if found is None:
        raise Http404
    tenant, person, kind = found
    membership = get_object_or_404(Membership.objects.select_related("tenant", "person"), tenant=tenant, person=person)
    is_done = request.method == "POST"
    if is_done:
        telling.choose(membership.tenant, person, kind, is_wanted=False)
        record(Action.NOTICES_CHOSEN, actor=membership.person, tenant=membership.tenant_id, unwanted=kind.value)
    context = {"team": membership.tenant.name, "kind": kind.label, "is_done": is_done, "role": Role(membership.role)}
    return render(request, "notices/stop.html", context)
