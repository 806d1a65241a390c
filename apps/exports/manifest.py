"""What a file holds and how it came about, signed: whoever changes the file can change the hash beside it, but not the
signature."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.jobs.models import Job
from apps.listing import BY_ID
from apps.tenants import signing
from apps.tenants.permissions import Role, visible_classes

from . import settling
from .asked import Asked, Format
from .cells import Out
from .spool import Reached

ENDING = ".manifest.json"
PIECE = 1024 * 1024

REASONS = {
    "moved": "Rows changed while the file was made, each time it was checked. Export it again at a quieter time.",
    "order": "Issuance didn’t keep the requested order, so rows may be missing or repeated.",
    "count": "The number of rows differs from the number that Issuance reports.",
    "broken": "Issuance sent entries that aren’t records. They were left out.",
    "foreign": "Rows of offerings that the API key doesn’t cover were left out.",
    "cut": "Some texts are longer than the 32,767 characters that a cell of Excel takes, and were cut. CSV has the whole texts.",
    "undecided": "Issuance didn’t send what some rows are limited by, so these rows were left out.",
}
"""Why a file is incomplete, or may be."""
HOW = {
    settling.ONE_ANSWER: "All rows came in one answer.",
    settling.CHANGES: "Rows that changed while the file was made were read again and put in their place.",
    settling.TWICE: "All rows were read twice.",
}
"""How it was made sure that the file shows one moment."""
BY_ID_WORDS = "By ID, oldest first"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`totals`: column -> its sum, of those whose amounts could all be read, and none where rows stand twice."""

    at: Reached
    settled: settling.Settled
    totals: Mapping[str, str]
    twice: int
    ended_at: datetime


def made(job: Job, asked: Asked, outcome: Outcome, role: Role) -> dict[str, Any]:
    """All that is known before the file is closed."""
    listing, at, settled = asked.of_listing, outcome.at, outcome.settled
    return {
        "file": name_of(asked, outcome.ended_at, is_complete=not settled.reasons),
        "list": listing.plural,
        "team": job.tenant.name,
        "issuance": job.tenant.issuance_url,
        "filters": list(asked.words) or ["None: all rows"],
        "sent": dict(asked.sent),
        "applied_here": asked.here_words,
        "order": order_words(asked, at.order),
        "keys": list(at.counts),
        "columns": list(asked.columns),
        "values": asked.values,
        "format": Format(asked.format).label,
        "zone": asked.zone,
        "rows": at.rows,
        "rows_read": at.read,
        "rows_under_several_keys": outcome.twice,
        "totals": dict(outcome.totals),
        "amounts_not_read": dict(at.unread),
        "count_at_start_and_end": {label: list(pair) for label, pair in at.counts.items()},
        "is_complete": not settled.reasons,
        "incomplete_because": [REASONS[code] for code in settled.reasons],
        "as_of": settled.as_of.isoformat(),
        "checked": HOW[settled.how],
        "undated": undated(asked) if settled.how == settling.CHANGES else [],
        "read_from": at.read_from,
        "made_for": job.person.email if job.person else "",
        "role": role.label,
        "hidden_from_role": sorted(each.value for each in {*listing.classes.values()} - visible_classes(role)),
        "requested_at": job.at.isoformat(),
        "made_at": outcome.ended_at.isoformat(),
        "version": settings.VERSION,
        "export": str(job.pk),
    }


def of_mailing(job: Job, asked: Asked, held: Mapping[str, Any], role: Role) -> dict[str, Any]:
    """The same of a mailing list. `held`: what is in it."""
    ended_at = datetime.now(UTC)
    return {
        "file": name_of(asked, ended_at, is_complete=held["is_complete"]),
        "list": "investors",
        "team": job.tenant.name,
        "issuance": job.tenant.issuance_url,
        "filters": list(asked.words) or ["None: all rows"],
        "sent": dict(asked.sent),
        "columns": list(asked.columns),
        "format": Format(asked.format).label,
        "totals": {},
        **{name: value for name, value in held.items() if name != "not_matched"},
        "incomplete_because": [] if held["is_complete"] else [REASONS["moved"]],
        "made_for": job.person.email if job.person else "",
        "role": role.label,
        "requested_at": job.at.isoformat(),
        "made_at": ended_at.isoformat(),
        "version": settings.VERSION,
        "export": str(job.pk),
    }


def undated(asked: Asked) -> list[str]:
    """Columns that may change without a new `updated_at`: each is as it was when its row was read."""
    return [name for name in asked.columns if name in asked.of_listing.undated]


def order_words(asked: Asked, order: str) -> str:
    if order == BY_ID:
        return BY_ID_WORDS
    listing, named = asked.of_listing, []
    for key in order.split(","):
        name = key.removeprefix("-")
        known = listing.schema.field(name) or listing.filter(name)
        named.append(f"{known.label if known else name} {'descending' if key.startswith('-') else 'ascending'}")
    return f"As on the page: {', '.join(named)}"


def name_of(asked: Asked, at: datetime, *, is_complete: bool) -> str:
    ending = Format(asked.format).ending
    plural = "mailing-list" if asked.is_mailing else asked.of_listing.plural
    return f"{plural}-{at:%Y-%m-%d-%H%M}{'' if is_complete else '-incomplete'}.{ending}"


def lines(manifest: Mapping[str, Any], columns: Sequence[Out]) -> list[tuple[str, str]]:
    """For the workbook's own sheet, which cannot hold the workbook's hash. Columns have their heads there."""
    heads = {column.name: column.head for column in columns}
    found = [
        (name.replace("_", " ").capitalize(), said(in_words(name, value, heads))) for name, value in manifest.items()
    ]
    return [*found, ("Proof", "The SHA-256 of this file and the signature are in the manifest beside it.")]


NAME_COLUMNS = ("columns", "totals", "amounts_not_read", "undated")


def in_words(name: str, value: Any, heads: Mapping[str, str]) -> Any:
    if name not in NAME_COLUMNS:
        return value
    if isinstance(value, dict):
        return {heads.get(each, each): found for each, found in value.items()}
    return [heads.get(each, each) for each in value]


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


def as_file(proof: Mapping[str, Any], beside: Mapping[str, Any]) -> str:
    """`beside`: what is not signed, since it goes when the file does."""
    return json.dumps({**proof, **beside}, indent=2, ensure_ascii=False) + "\n"


def sha256_of(file: Path, tick: Callable[[], None] = lambda: None) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            digest.update(piece)
            tick()
    return digest.hexdigest()


class NotProved(Exception):
    """The file is not what a manifest of this installation says. The text says why."""


def check(sha256: str, proof: Mapping[str, Any], known_keys: set[str]) -> dict[str, Any]:
    """The manifest, if it is signed with one of these public keys and is of the file with this hash. Raises NotProved."""
    manifest, key = proof.get("manifest"), str(proof.get("public_key", ""))
    if not isinstance(manifest, dict):
        raise NotProved("The manifest isn’t one of this dashboard.")
    if key not in known_keys:
        raise NotProved("The manifest is signed with an unknown key.")
    try:
        content = canonical(manifest)
    except ValueError:
        raise NotProved("The manifest isn’t one of this dashboard.") from None
    if not signing.is_signed(content, str(proof.get("signature", "")), key):
        raise NotProved("The manifest was changed: its signature doesn’t match.")
    if sha256 != manifest.get("sha256"):
        raise NotProved("The file was changed, or the manifest belongs to another file.")
    return manifest
