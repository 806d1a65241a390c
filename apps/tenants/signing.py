"""The installation's signature, Ed25519: whoever has a file can see by the public key that this dashboard made it.

The private key is made at first need and kept in the database, sealed with ENCRYPTION_KEYS like every secret.
"""

import base64
import binascii
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from apps.upstream.secret import Secret

from .connections import KeyLost, opened, place
from .models import SigningKey
from .sealing import seal


@dataclass(frozen=True, slots=True)
class Signature:
    """`public_key`, `value`: base64."""

    public_key: str
    value: str


def signing_key() -> SigningKey:
    """The first that was made. Two that are made at the same moment are both good: each signature names its own."""
    found = SigningKey.objects.order_by("created_at", "id").first()
    if found:
        return found
    private = Ed25519PrivateKey.generate()
    made = SigningKey(public=base64.b64encode(private.public_key().public_bytes_raw()).decode())
    made.sealed = seal(Secret(base64.b64encode(private.private_bytes_raw()).decode()), place(made, made.tenant))
    made.save(force_insert=True)
    return made


def public_keys() -> set[str]:
    return set(SigningKey.objects.values_list("public", flat=True))


def is_ours(key: SigningKey) -> bool:
    """Whether its private half is there, opens, and belongs to the public one."""
    try:
        private = private_half(key)
    except (KeyLost, ValueError):
        return False
    return base64.b64encode(private.public_key().public_bytes_raw()).decode() == key.public


def private_half(key: SigningKey) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(opened(key).reveal()))


def sign(data: bytes) -> Signature:
    """Raises connections.KeyLost."""
    key = signing_key()
    return Signature(key.public, base64.b64encode(private_half(key).sign(data)).decode())


def is_signed(data: bytes, signature: str, public_key: str) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), data)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
