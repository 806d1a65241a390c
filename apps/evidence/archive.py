"""A ZIP that anyone can verify: files, part of the audit log with its proofs, a signed manifest, and what checks all of it."""

import hashlib
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from apps.audit import proofs
from apps.audit.models import Entry
from apps.tenants import signing
from apps.tenants.models import Tenant

from . import inclusion, verify

UNKNOWN = "not recorded"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of each file in the ZIP: when it was made stands in the manifest, which is signed."""


class Archive:
    """Files of a record, each with its hash."""

    def __init__(self, file: BinaryIO) -> None:
        self.zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self.hashes: dict[str, str] = {}

    def add(self, name: str, content: bytes | str) -> None:
        data = content.encode() if isinstance(content, str) else content
        self.zip.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
        self.hashes[name] = hashlib.sha256(data).hexdigest()

    def add_json(self, name: str, value: Any) -> None:
        self.add(name, json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    def add_lines(self, name: str, values: Iterable[Any]) -> None:
        self.add(name, "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values))


def add_log(archive: Archive, tenant: Tenant, entries: Iterable[Entry]) -> None:
    prover = inclusion.Prover(tenant.id)
    archive.add_lines("audit/entries.jsonl", prover.lines(entries))
    archive.add_lines("audit/segments.jsonl", [prover.used[number] for number in sorted(prover.used)])


def close(archive: Archive, tenant: Tenant, made_for: str, made_at: datetime, name: str) -> dict[str, Any]:
    """Adds what verifies the archive, and the signed manifest of all that is in it. Raises connections.KeyLost."""
    for module in (verify, proofs):
        source = Path(str(module.__file__))
        archive.add(source.name, source.read_bytes())
    manifest = {
        "file": name,
        "team": tenant.name,
        "team_id": tenant.id.hex,
        "made_at": made_at.isoformat(),
        "made_for": made_for,
        "log_since": log_since(tenant),
        "version": settings.VERSION,
        "files": dict(sorted(archive.hashes.items())),
    }
    content = json.dumps(manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    signature = signing.sign(content)
    archive.add_json(
        verify.MANIFEST, {"manifest": manifest, "public_key": signature.public_key, "signature": signature.value}
    )
    archive.zip.close()
    return manifest


def log_since(tenant: Tenant) -> str:
    """What is older was purged, or written before there was a log."""
    first = Entry.objects.filter(tenant=tenant.id).order_by("at", "pk").first()
    return first.at.isoformat() if first else ""
