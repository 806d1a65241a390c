"""A page that says whether a file is what this team exported. The file stays on the reader's computer: the browser sends its
SHA-256 alone, which without a script is typed in."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from apps.audit.actions import Action
from apps.audit.record import record
from apps.jobs.models import Job
from apps.listing import exact_time
from apps.tenants import signing
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.permissions import Permission, may, visible_classes

from . import files
from .asked import Asked
from .manifest import NotProved, check
from .showing import rows, total

MOST_LETTERS = 200_000
NOT_OURS = "This isn’t a file that your team exported, or it was changed after it was exported."


class VerifyForm(forms.Form):
    sha256 = forms.CharField(
        label="SHA-256 of the file",
        max_length=80,
        error_messages={"required": "Choose a file, or enter its SHA-256."},
        help_text="64 characters, from “shasum -a 256 FILE” on a Mac or “certutil -hashfile FILE SHA256” on Windows.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    manifest = forms.CharField(
        label="Manifest, if you want it checked too",
        required=False,
        max_length=MOST_LETTERS,
        help_text="The text of the file that ends in .manifest.json.",
        widget=forms.Textarea({"rows": 3, "spellcheck": "false"}),
    )

    def clean_sha256(self) -> str:
        given = re.sub(r"\s", "", self.cleaned_data["sha256"]).lower()
        if not re.fullmatch(r"[0-9a-f]{64}", given):
            raise forms.ValidationError("A SHA-256 has 64 characters, 0–9 and a–f.")
        return given

    def clean_manifest(self) -> dict[str, Any]:
        if not self.cleaned_data["manifest"]:
            return {}
        try:
            proof = json.loads(self.cleaned_data["manifest"])
        except (ValueError, RecursionError):
            proof = None
        if not isinstance(proof, dict):
            raise forms.ValidationError("This isn’t a manifest.")
        return proof


@dataclass(frozen=True, slots=True)
class Verdict:
    """`why`: it is not genuine; `facts`: of a genuine one, label and value."""

    why: str = ""
    facts: tuple[tuple[str, str], ...] = ()


@for_member(can=Permission.VERIFY_EXPORTS)
@require_http_methods(["GET", "HEAD", "POST"])
def export_verify(request: TenantRequest) -> HttpResponse:
    form = VerifyForm(request.POST if request.method == "POST" else None)
    verdict = None
    if request.method == "POST" and form.is_valid():
        verdict = judged(request, form.cleaned_data["sha256"], form.cleaned_data["manifest"])
    given = {"form": form, "verdict": verdict, "may_view_exports": may(request.role, Permission.VIEW_EXPORTS)}
    return render(request, "exports/verify.html", given, status=400 if form.errors else 200)


def judged(request: TenantRequest, sha256: str, given: Mapping[str, Any]) -> Verdict:
    same = Job.objects.filter(tenant=request.tenant, kind=files.KIND, result__proof__manifest__sha256=sha256)
    keys = signing.public_keys()
    try:
        if given:  # files that are the same to the byte have manifests of their own
            same = same.filter(result__proof__manifest__export=check(sha256, given, keys)["export"])
        job = same.first()
        if job is None:
            raise NotProved(NOT_OURS)
        held = check(sha256, job.result["proof"], keys)
        several = same.count()
    except NotProved as error:
        record(Action.EXPORT_VERIFIED, actor=request.user, tenant=request.tenant.id, sha256=sha256, genuine=False)
        return Verdict(str(error))
    record(Action.EXPORT_VERIFIED, actor=request.user, about=job, sha256=sha256, genuine=True)
    if several > 1:
        twins = (
            f"{several} exports of your team are the same to the last byte. Add the manifest to see which one this is."
        )
        return Verdict(facts=(("Which export", twins),))
    return Verdict(facts=tuple(facts(request, Asked.of(job.asked), held)))


def facts(request: TenantRequest, asked: Asked, held: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the file holds, for those who may see it."""
    zone = request.tenant.zone
    found = [
        ("File", str(held["file"])),
        ("Exported by", f"{held['made_for']} ({held['role']})"),
        ("Made", exact_time(datetime.fromisoformat(held["made_at"]), zone)),
    ]
    if not asked.classes <= visible_classes(request.role):
        return found
    whole = "Yes" if held["is_complete"] else f"No. {' '.join(held['incomplete_because'])}"
    return [
        *found,
        ("List", asked.of_listing.title),
        ("Filters", "; ".join(held["filters"])),
        ("Rows", rows(held["rows"])),
        ("Total amount", total(held["totals"]) or "Not in this file"),
        ("Complete", whole),
    ]
