"""Publishing a version: the page that asks once, and releasing a publication that never arrived."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from apps.tenants.access import TenantRequest, for_member
from apps.tenants.permissions import Permission

from . import approving, publishing, redline
from .views import back, done, find_disclaimer, steps_of


@for_member(can=Permission.PUBLISH_DISCLAIMERS, confirms=True)
@require_http_methods(["GET", "HEAD", "POST"])
def disclaimer_publish(request: TenantRequest, number: int) -> HttpResponse:
    """GET asks, with what becomes public; POST publishes that version, named by its hash, and no other."""
    disclaimer = find_disclaimer(request, number)
    if request.method == "POST":
        said, sha256 = (
            "Publishing… The receipt will appear below. You can leave this page.",
            request.POST.get("sha256", ""),
        )
        return done(request, disclaimer, lambda: publishing.push(disclaimer, request.user, sha256), said)
    version, live = disclaimer.latest, disclaimer.live
    if version is None:
        return back(request, disclaimer)
    context = {
        "disclaimer": disclaimer,
        "version": version,
        "steps": steps_of(request, version),
        "redline": redline.redline(live.text if live else "", version.text),
        "is_approved": approving.is_approved(version, request.tenant.approvals_needed),
        "reviews": [review for review in version.reviews.select_related("person") if review.approves],
    }
    return render(request, "disclaimers/publish.html", context)


@for_member(can=Permission.PUBLISH_DISCLAIMERS)
@require_POST
def push_give_up(request: TenantRequest, number: int, push: int) -> HttpResponse:
    disclaimer = find_disclaimer(request, number)
    lost = disclaimer.pushes.filter(pk=push).first()
    if lost is None:
        raise Http404
    said = "Marked as not published. You can publish it again."
    return done(request, disclaimer, lambda: publishing.give_up(lost, request.user), said)
