"""Encryption of stored secrets: `v1:<key id>:<nonce>:<ciphertext>`, AES-GCM, bound to tenant, model, row and field.

A sealed value copied to another row or field does not open. If its encryption key is lost, opening fails and names the
key's id.
"""

import base64
import os
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from apps.upstream.secret import Secret

VERSION = "v1"
NONCE_BYTES = 12


class CannotOpen(Exception):
    """A sealed value does not open: its key is missing, or it was sealed for another place. Says which key ID, no
    more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value belongs. The row's primary key exists before the value is sealed."""

    tenant: UUID
    model: str
    row: UUID
    field: str

    def bytes(self) -> bytes:
        return f"{self.tenant}:{self.model}:{self.row}:{self.field}".encode()


def seal(secret: Secret, place: Place) -> str:
    key_id, key = next(iter(settings.ENCRYPTION_KEYS.items()))
    nonce = os.urandom(NONCE_BYTES)
    ciphertext = AESGCM(key).encrypt(nonce, secret.reveal().encode(), place.bytes())
    return ":".join((VERSION, key_id, _text(nonce), _text(ciphertext)))


def open_seal(sealed: str, place: Place) -> Secret:
    """Raises CannotOpen; never returns what it could not open."""
    version, key_id, nonce, ciphertext = (*sealed.split(":", 3), "", "", "", "")[:4]
    key = settings.ENCRYPTION_KEYS.get(key_id)
    if version != VERSION or key is None:
        raise CannotOpen(f"ENCRYPTION_KEYS has no key “{key_id}”")
    try:
        return Secret(AESGCM(key).decrypt(_bytes(nonce), _bytes(ciphertext), place.bytes()).decode())
    except (InvalidTag, ValueError):
        raise CannotOpen(f"the key “{key_id}” doesn’t decrypt it") from None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)
