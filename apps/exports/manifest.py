"""What a file holds and how it came about, signed: whoever changes the file can change the hash beside it, but not the
signature."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.jobs.models import Job
from apps.tenants import signing
from apps.tenants.permissions import Role, visible_classes

from .asked import Asked, Format

ENDING = ".manifest.json"
PIECE = 1024 * 1024

REASONS = {
    "moved": "Rows changed while the file was made, each time it was checked. Export it again at a quieter time.",
    "order": "Issuance didn’t keep the requested order, so rows may be missing or repeated.",
    "count": "The number of rows differs from the number that Issuance reports.",
    "broken": "Issuance sent entries that aren’t records. They were left out.",
    "foreign": "Rows of offerings that the API key doesn’t cover were left out.",
}
"""Why a file is incomplete, or may be."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`counts`: key -> what Issuance counted first and last; `totals`: column -> its sum, of those whose amounts could all
    be read; `unread`: column -> rows whose amount could not; `reasons`: of REASONS, none if the file is complete."""

    rows: int
    counts: Mapping[str, tuple[int, int]]
    totals: Mapping[str, str]
    unread: Mapping[str, int]
    reasons: tuple[str, ...]
    ended_at: datetime


def made(job: Job, asked: Asked, outcome: Outcome, role: Role) -> dict[str, Any]:
    """All that is known before the file is closed."""
    listing = asked.of_listing
    return {
        "file": name_of(asked, outcome.ended_at, is_complete=not outcome.reasons),
        "list": listing.plural,
        "team": job.tenant.name,
        "issuance": job.tenant.issuance_url,
        "filters": list(asked.words) or ["None: all rows"],
        "sent": dict(asked.sent),
        "order": "By ID, oldest first",
        "keys": list(outcome.counts),
        "columns": list(asked.columns),
        "values": asked.values,
        "format": Format(asked.format).label,
        "zone": asked.zone,
        "rows": outcome.rows,
        "totals": dict(outcome.totals),
        "amounts_not_read": dict(outcome.unread),
        "count_at_start_and_end": {label: list(pair) for label, pair in outcome.counts.items()},
        "is_complete": not outcome.reasons,
        "incomplete_because": [REASONS[code] for code in outcome.reasons],
        "made_for": job.person.email,
        "role": role.label,
        "hidden_from_role": sorted(each.value for each in {*listing.classes.values()} - visible_classes(role)),
        "requested_at": job.at.isoformat(),
        "made_at": outcome.ended_at.isoformat(),
        "version": settings.VERSION,
        "export": str(job.pk),
    }


def name_of(asked: Asked, at: datetime, *, is_complete: bool) -> str:
    ending = Format(asked.format).ending
    return f"{asked.of_listing.plural}-{at:%Y-%m-%d-%H%M}{'' if is_complete else '-incomplete'}.{ending}"


def lines(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """For the workbook's own sheet, which cannot hold the workbook's hash."""
    found = [(name.replace("_", " ").capitalize(), said(value)) for name, value in manifest.items()]
    return [*found, ("Proof", "The SHA-256 of this file and the signature are in the manifest beside it.")]


def said(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        return "; ".join(f"{name}: {said(each)}" for name, each in value.items()) or "None"
    return ", ".join(map(said, value)) or "None" if isinstance(value, list) else str(value)


def canonical(manifest: Mapping[str, Any]) -> bytes:
    """The bytes that are signed."""
    return json.dumps(manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def signed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Raises connections.KeyLost."""
    signature = signing.sign(canonical(manifest))
    return {"manifest": dict(manifest), "public_key": signature.public_key, "signature": signature.value}


def as_file(proof: Mapping[str, Any]) -> str:
    return json.dumps(proof, indent=2, ensure_ascii=False) + "\n"


def sha256_of(file: Path, tick: Callable[[], None] = lambda: None) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            digest.update(piece)
            tick()
    return digest.hexdigest()


class NotProved(Exception):
    """The file is not what a manifest of this installation says. The text says why."""


def check(file: Path, proof: Mapping[str, Any], known_keys: set[str]) -> dict[str, Any]:
    """The manifest, if it is signed with one of these public keys and is of this file. Raises NotProved."""
    manifest, key = proof.get("manifest"), str(proof.get("public_key", ""))
    if not isinstance(manifest, dict):
        raise NotProved("The manifest isn’t one of this dashboard.")
    if key not in known_keys:
        raise NotProved("The manifest is signed with an unknown key.")
    if not signing.is_signed(canonical(manifest), str(proof.get("signature", "")), key):
        raise NotProved("The manifest was changed: its signature doesn’t match.")
    if sha256_of(file) != manifest.get("sha256"):
        raise NotProved("The file was changed, or the manifest belongs to another file.")
    return manifest
