"""The frozen plain page: an ordinary Django form, a template loop over the rows, one pooled client, nothing overlapped.

It stands still, so that the list's own cost can be told as a share of it in the same run. Do not make it faster.
"""

import httpx
from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from apps.investments.listing import COLUMNS
from apps.tenants import connections
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.permissions import Permission
from apps.tenants.sealing import Place, open_seal
from apps.upstream.issuance.contract import labels

CLIENT = httpx.Client(
    trust_env=False, limits=httpx.Limits(max_connections=100, max_keepalive_connections=100), timeout=15
)


class FilterForm(forms.Form):
    search = forms.CharField(required=False)
    status__in = forms.MultipleChoiceField(
        required=False, choices=list(labels("InvestmentStatus").items()), widget=forms.CheckboxSelectMultiple
    )
    offering = forms.ChoiceField(required=False)
    amount__gte = forms.DecimalField(required=False)
    amount__lte = forms.DecimalField(required=False)
    created_at__gte = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    created_at__lte = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    investor__entity__kyc_status = forms.ChoiceField(
        required=False, choices=[("", "Any"), *labels("KycStatus").items()]
    )
    processing_issue_statuses__contains = forms.ChoiceField(
        required=False, choices=[("", "Any"), *labels("InvestorVerifyProcessStatus").items()]
    )


@for_member(can=Permission.VIEW_INVESTMENTS)
def reference(request: TenantRequest) -> HttpResponse:
    key = connections.choose_key(connections.keys_of(request.tenant), [])
    assert key is not None
    form = FilterForm(request.GET)
    form.fields["offering"].choices = [("", "Any"), *((row["id"], row["name"]) for row in key.offerings)]  # type: ignore[attr-defined]
    form.is_valid()
    secret = open_seal(key.sealed, Place(key.tenant_id, "IssuanceKey", key.id, "sealed"))
    answer = CLIENT.get(
        f"{request.tenant.issuance_url}/api/investments/",
        params={"page_size": request.GET.get("page_size", "25"), "page": "1", "ordering": "-id"},
        headers={"Authorization": f"Api-Key {secret.reveal()}"},
    ).json()
    rows = [[row.get(column.name) for column in COLUMNS] for row in answer["results"]]
    context = {"form": form, "rows": rows, "columns": COLUMNS, "count": answer["count"]}
    return render(request, "bench_reference.html", context)
