"""How the audit log is proved: leaves, trees (RFC 6962), heads, signatures (Ed25519, RFC 8032).

Standard library alone, since a copy of this file is in every record that leaves here, to be run where we are not.
"""

import base64
import hashlib
import json
import struct
from collections.abc import Sequence
from typing import Any

EMPTY = hashlib.sha256(b"").digest()
LEAF = 40
"""Bytes of a leaf: the entry's ID in 8, its hash in 32."""


def entry_hash(salt: bytes, content: bytes) -> bytes:
    """Of exactly the bytes that the entry keeps. The salt keeps a hash that outlives its entry from being guessed."""
    return hashlib.sha256(salt + content).digest()


def leaf(number: int, hashed: bytes) -> bytes:
    return number.to_bytes(8, "big") + hashed


def leaves(joined: bytes) -> list[bytes]:
    return [joined[at : at + LEAF] for at in range(0, len(joined), LEAF)]


def entries(joined: bytes) -> list[tuple[int, bytes]]:
    """The same as numbers and hashes of entries."""
    return list(struct.iter_unpack(">Q32s", joined[: len(joined) - len(joined) % LEAF]))


def leaf_node(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\0" + leaf).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The tree's hash (RFC 6962, 2.1): the last node of a level that has no neighbor goes up as it is."""
    level = [leaf_node(each) for each in leaves]
    while len(level) > 1:
        level = above(level)
    return level[0] if level else EMPTY


def above(level: Sequence[bytes]) -> list[bytes]:
    paired = [node(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
    return [*paired, level[-1]] if len(level) % 2 else paired


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The tree, from the leaves up."""
    found = [[leaf_node(each) for each in leaves]]
    while len(found[-1]) > 1:
        found.append(above(found[-1]))
    return found


def path(levels: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    """What proves, with the leaf itself, that it is in the tree (RFC 6962, 2.1.1): neighbors, from the leaf up."""
    found = []
    for level in levels:
        if index ^ 1 < len(level):
            found.append(level[index ^ 1])
        index //= 2
    return found


def root_by(path: Sequence[bytes], leaf: bytes, index: int, count: int) -> bytes | None:
    """The root that follows from a leaf and its path; None if the path doesn't fit."""
    if not 0 <= index < count:
        return None
    found, left = leaf_node(leaf), list(path)
    while count > 1:
        if index ^ 1 < count:
            if not left:
                return None
            beside = left.pop(0)
            found = node(beside, found) if index % 2 else node(found, beside)
        index, count = index // 2, (count + 1) // 2
    return None if left else found


def head_bytes(head: dict[str, Any]) -> bytes:
    """What is signed."""
    return json.dumps(head, sort_keys=True, separators=(",", ":")).encode()


def segment_hash(head: bytes, key: str, signature: str) -> str:
    """What the next head names: so that its signature covers all of every segment before it."""
    return hashlib.sha256(b"\0".join((head, key.encode(), signature.encode()))).hexdigest()


# Ed25519 as RFC 8032, 5.1 and 6, writes it down. Slow, and only ever given public data.

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME
ROOT = pow(2, (PRIME - 1) // 4, PRIME)
Point = tuple[int, int, int, int]
"""Extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z."""


def added(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % PRIME
    b = (one[1] + one[0]) * (other[1] + other[0]) % PRIME
    c, d = 2 * one[3] * other[3] * CURVE % PRIME, 2 * one[2] * other[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def times(number: int, point: Point) -> Point:
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = added(found, point)
        point, number = added(point, point), number >> 1
    return found


def decompressed(written: bytes) -> Point:
    """Raises ValueError for what is no point of the curve."""
    y = int.from_bytes(written, "little")
    is_odd, y = y >> 255, y & (1 << 255) - 1
    if y >= PRIME:
        raise ValueError("no point")
    square = (y * y - 1) * pow(CURVE * y * y + 1, PRIME - 2, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * ROOT % PRIME
    if (x * x - square) % PRIME or (not x and is_odd):
        raise ValueError("no point")
    x = PRIME - x if x & 1 != is_odd else x
    return x, y, 1, x * y % PRIME


BASE = decompressed((4 * pow(5, PRIME - 2, PRIME) % PRIME).to_bytes(32, "little"))


def is_signed(content: bytes, signature: str, public_key: str) -> bool:
    """`signature`, `public_key`: base64."""
    try:
        key, signed = base64.b64decode(public_key, validate=True), base64.b64decode(signature, validate=True)
        if len(key) != 32 or len(signed) != 64:
            return False
        point, nonce = decompressed(key), decompressed(signed[:32])
    except ValueError:
        return False
    scalar = int.from_bytes(signed[32:], "little")
    challenge = int.from_bytes(hashlib.sha512(signed[:32] + key + content).digest(), "little") % ORDER
    one, other = times(scalar, BASE), added(nonce, times(challenge, point))
    return (
        scalar < ORDER
        and (one[0] * other[2] - other[0] * one[2]) % PRIME == 0
        and (one[1] * other[2] - other[1] * one[2]) % PRIME == 0
    )
