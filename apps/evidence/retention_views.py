"""How long the audit log is kept, and legal holds: for owners."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.listing import short_time
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.permissions import Permission
from apps.tenants.zones import zone_words

from . import retention


class YearsForm(forms.Form):
    years = forms.IntegerField(label="Years", min_value=1, max_value=retention.MOST_YEARS)


class HoldForm(forms.Form):
    reason = forms.CharField(
        label="Reason", max_length=200, help_text="For the audit log. Example: SEC inquiry, letter of Nov 14, 2026."
    )


@for_member(can=Permission.MANAGE_TEAM, confirms=True)
@require_http_methods(["GET", "HEAD", "POST"])
def audit_retention(request: TenantRequest) -> HttpResponse:
    chain, act = request.tenant.id, request.POST.get("act", "")
    held = retention.of(chain)
    years = YearsForm(request.POST if act == "years" else None, initial={"years": retention.years_of(held)})
    hold = HoldForm(request.POST if act in ("hold", "release") else None)
    if years.is_bound and years.is_valid():
        try:
            retention.keep_for(chain, years.cleaned_data["years"], request.user)
            return done(request, f"Entries are kept for {years.cleaned_data['years']} years.")
        except retention.NotKept as error:
            years.add_error("years", str(error))
    if hold.is_bound and hold.is_valid():
        change, said = (
            (retention.hold, "Legal hold placed: nothing is purged until you release it.")
            if act == "hold"
            else (retention.release, "Legal hold released.")
        )
        change(chain, hold.cleaned_data["reason"], request.user)
        return done(request, said)
    context = {
        "years": years,
        "hold": hold,
        "held": held,
        "held_since": short_time(held.held_since, request.tenant.zone) if held.held_since else "",
        "least": retention.least(),
        "zone": zone_words(request.tenant.zone),
    }
    return render(request, "evidence/retention.html", context, status=400 if years.errors or hold.errors else 200)


def done(request: TenantRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("audit_retention", args=[request.tenant.slug]))
